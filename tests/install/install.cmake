# What is installed has to work without the source tree: installs this build
# below a scratch directory, and builds the tutorial's program against it.
#
#   cmake -D build=... -D scratch=... [-D launcher=...] [-D flags=...]
#         -P install.cmake
cmake_minimum_required(VERSION 3.25)

set(prefix ${scratch}/prefix)
set(docs ${prefix}/share/doc/troupe)

# Runs a command; leaves what it printed in `printed`.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status
                  OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${out}")
  endif()
  set(printed "${out}" PARENT_SCOPE)
endfunction()

# Fails unless every header that an installed one includes is installed.
function(check_headers include)
  file(GLOB_RECURSE headers RELATIVE ${include} ${include}/*.hpp)
  foreach(header ${headers})
    file(STRINGS ${include}/${header} lines REGEX "^#include \"")
    foreach(line ${lines})
      string(REGEX REPLACE "^#include \"(.*)\".*" "\\1" wanted "${line}")
      if(NOT EXISTS ${include}/${wanted})
        message(SEND_ERROR "${header} includes ${wanted}, which is not installed")
      endif()
    endforeach()
  endforeach()
endfunction()

# Fails unless the manual page has every command that --help lists.
function(check_manual program page)
  run(gzip -dc ${page})
  set(manual "${printed}")
  run(${program} --help)
  string(REGEX MATCH "Subcommands:.*Exit codes" list "${printed}")
  string(REGEX MATCHALL "\n  [a-z]+" commands "${list}")
  list(LENGTH commands count)
  if(count LESS 7)
    message(SEND_ERROR "--help lists ${count} commands only:\n${printed}")
  endif()
  foreach(command ${commands})
    string(STRIP ${command} command)
    if(NOT manual MATCHES "fBtroupe ${command}")
      message(SEND_ERROR "the manual page does not have '${command}'")
    endif()
  endforeach()
endfunction()

file(REMOVE_RECURSE ${scratch})
run(${CMAKE_COMMAND} --install ${build} --prefix ${prefix})
set(troupe ${prefix}/bin/troupe)
run(${troupe} --version)
check_headers(${prefix}/include/troupe)
check_manual(${troupe} ${prefix}/share/man/man1/troupe.1.gz)
run(${troupe} node --check --config ${prefix}/etc/troupe/node.json)
set(unit ${prefix}/lib/systemd/system/troupe.service)
file(READ ${unit} content)
string(FIND "${content}"
       "ExecStart=${troupe} node --config ${prefix}/etc/troupe/node.json" place)
if(place EQUAL -1)
  message(SEND_ERROR "the unit does not start what is installed:\n${content}")
endif()

# Settings that were changed survive the next installation.
file(WRITE ${prefix}/etc/troupe/node.json "{}")
run(${CMAKE_COMMAND} --install ${build} --prefix ${prefix} --component runtime)
file(READ ${prefix}/etc/troupe/node.json content)
if(NOT content STREQUAL "{}")
  message(SEND_ERROR "a second installation overwrote the settings")
endif()

run(${CMAKE_COMMAND} -G Ninja
    -S ${docs}/examples/own_consumer -B ${scratch}/own_consumer
    -D CMAKE_PREFIX_PATH=${prefix} -D CMAKE_CXX_COMPILER_LAUNCHER=${launcher}
    -D CMAKE_CXX_FLAGS=${flags})
run(${CMAKE_COMMAND} --build ${scratch}/own_consumer)
run(${scratch}/own_consumer/own_consumer scenario --quiet
    ${docs}/examples/scaling.json)
if(NOT printed MATCHES "PASSED")
  message(SEND_ERROR "the program played no scenario:\n${printed}")
endif()

# What Troupe stands on, found in the same way by its own build and by programs
# that link an installed Troupe. CLI11 is not here: it is needed to build the
# command line, not to link it. A package beyond these is added here, too.
#
# Reads troupe_find: REQUIRED, QUIET, both or nothing. Leaves in
# troupe_not_found the first package that is not there.
set(troupe_not_found "")
list(PREPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})
find_package(Boost 1.81 ${troupe_find} COMPONENTS json)
foreach(package Threads OpenSSL CURL fmt CAF ISAL Codecs Httplib
                prometheus-cpp)
  find_package(${package} ${troupe_find})
endforeach()
foreach(package Boost Threads OpenSSL CURL fmt CAF ISAL Codecs Httplib
                prometheus-cpp)
  if(NOT ${package}_FOUND AND troupe_not_found STREQUAL "")
    set(troupe_not_found ${package})
  endif()
endforeach()
# Optional: without it there are single nodes only.
find_package(Raft 0.22.1 QUIET)
list(REMOVE_ITEM CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR})

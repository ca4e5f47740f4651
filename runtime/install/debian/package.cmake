# CPack makes two Debian packages of what is installed: troupe, and
# libtroupe-dev to build programs on it. `./dev package` calls it.
set(debian ${CMAKE_CURRENT_LIST_DIR})
set(made ${CMAKE_CURRENT_BINARY_DIR}/debian)

# What Debian wants to find in every package, and nobody else does.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${debian}/changelog.in ${made}/changelog.Debian @ONLY)
execute_process(COMMAND ${GZIP_PROGRAM} -9nkf ${made}/changelog.Debian
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${GZIP_PROGRAM} -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  OUTPUT_FILE ${made}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
foreach(part runtime development)
  if(part STREQUAL runtime)
    set(package troupe)
  else()
    set(package libtroupe-dev)
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
            DESTINATION share/doc/${package} COMPONENT ${part} EXCLUDE_FROM_ALL)
  endif()
  install(FILES ${made}/changelog.gz ${made}/changelog.Debian.gz
          DESTINATION share/doc/${package} COMPONENT ${part} EXCLUDE_FROM_ALL)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME troupe)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "partitioned log with consumer groups")
set(CPACK_PACKAGE_CONTACT "The Troupe developers <troupe@localhost>")
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
# Installed as below /usr, whatever the prefix of this build is; settings then
# go to /etc.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME troupe)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
"A node keeps topics of partitions, logs to which records are appended; groups
of consumers share the partitions of a topic, and each goes on where it
committed. This package has the program, a systemd unit and the manual.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
    ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# The libraries are static: they need what they were built with, or newer.
set(needed g++)
set(maybe)
if(Raft_FOUND)
  set(maybe libraft-dev)
endif()
foreach(package ${maybe} libcaf-dev libfmt-dev libisal-dev zlib1g-dev libsnappy-dev
                liblz4-dev libzstd-dev libssl-dev libcurl4-openssl-dev
                libcpp-httplib-dev prometheus-cpp-dev
                libboost-json${Boost_VERSION_MAJOR}.${Boost_VERSION_MINOR}-dev)
  execute_process(
    COMMAND dpkg-query -W -f \${Version} ${package}
    OUTPUT_VARIABLE version RESULT_VARIABLE status ERROR_QUIET)
  if(status EQUAL 0)
    string(REGEX REPLACE "[+-][^+-]*$" "" version ${version})
    list(APPEND needed "${package} (>= ${version})")
  else()
    list(APPEND needed ${package})
  endif()
endforeach()
list(JOIN needed ", " needed)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libtroupe-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS ${needed})
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION
"Headers, static libraries and a CMake package, to write consumers of one's own
or programs that have a node of Troupe inside.")
include(CPack)

# cowsql's libraft, by which the servers of a cluster agree; Debian's libraft-dev
# has no CMake package. Makes the target Raft::raft.
include(FindPackageHandleStandardArgs)

find_path(Raft_INCLUDE_DIR raft.h)
find_library(Raft_LIBRARY raft)
mark_as_advanced(Raft_INCLUDE_DIR Raft_LIBRARY)

# Old ones have no version in their header.
set(Raft_VERSION 0)
if(Raft_INCLUDE_DIR)
  file(STRINGS ${Raft_INCLUDE_DIR}/raft.h lines REGEX "^#define RAFT_VERSION_(MAJOR|MINOR|RELEASE) ")
  if(lines MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+).*RELEASE ([0-9]+)")
    set(Raft_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
  endif()
endif()

find_package_handle_standard_args(Raft
  REQUIRED_VARS Raft_LIBRARY Raft_INCLUDE_DIR
  VERSION_VAR Raft_VERSION
  REASON_FAILURE_MESSAGE "on Debian 12: apt install -t bookworm-backports libraft-dev")

if(Raft_FOUND AND NOT TARGET Raft::raft)
  add_library(Raft::raft UNKNOWN IMPORTED)
  set_target_properties(Raft::raft PROPERTIES
    IMPORTED_LOCATION ${Raft_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Raft_INCLUDE_DIR})
endif()

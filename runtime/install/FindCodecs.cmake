# The libraries that compress record batches; of those, Debian has CMake packages
# for some and in some versions only. Makes the target Codecs::codecs.
include(FindPackageHandleStandardArgs)
find_package(ZLIB QUIET)

set(codec_headers lz4 lz4frame.h snappy snappy.h zstd zstd.h)
set(codec_places "")
while(codec_headers)
  list(POP_FRONT codec_headers name header)
  string(TOUPPER ${name} upper)
  find_path(${upper}_INCLUDE_DIR ${header})
  find_library(${upper}_LIBRARY ${name})
  mark_as_advanced(${upper}_INCLUDE_DIR ${upper}_LIBRARY)
  list(APPEND codec_places ${upper}_LIBRARY ${upper}_INCLUDE_DIR)
endwhile()

find_package_handle_standard_args(Codecs
  REQUIRED_VARS ${codec_places} ZLIB_FOUND
  REASON_FAILURE_MESSAGE
  "on Debian: apt install zlib1g-dev libsnappy-dev liblz4-dev libzstd-dev")

if(Codecs_FOUND AND NOT TARGET Codecs::codecs)
  add_library(Codecs::codecs INTERFACE IMPORTED)
  target_link_libraries(Codecs::codecs INTERFACE ZLIB::ZLIB)
  foreach(name lz4 snappy zstd)
    string(TOUPPER ${name} upper)
    add_library(Codecs::${name} UNKNOWN IMPORTED)
    set_target_properties(Codecs::${name} PROPERTIES
      IMPORTED_LOCATION ${${upper}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${${upper}_INCLUDE_DIR})
    target_link_libraries(Codecs::codecs INTERFACE Codecs::${name})
  endforeach()
endif()

# cpp-httplib as Debian builds it, a library with a header that has to be read
# with the same options; it tells them to pkg-config alone. Makes the target
# Httplib::Httplib.
include(FindPackageHandleStandardArgs)

find_path(Httplib_INCLUDE_DIR httplib.h)
find_library(Httplib_LIBRARY cpp-httplib)
mark_as_advanced(Httplib_INCLUDE_DIR Httplib_LIBRARY)

find_package_handle_standard_args(Httplib
  REQUIRED_VARS Httplib_LIBRARY Httplib_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "on Debian: apt install libcpp-httplib-dev")

if(Httplib_FOUND AND NOT TARGET Httplib::Httplib)
  get_filename_component(where ${Httplib_LIBRARY} DIRECTORY)
  file(STRINGS ${where}/pkgconfig/cpp-httplib.pc lines REGEX "^Cflags:")
  string(REGEX MATCHALL "CPPHTTPLIB_[A-Z_]+" options "${lines}")
  find_package(OpenSSL REQUIRED)
  add_library(Httplib::Httplib UNKNOWN IMPORTED)
  set_target_properties(Httplib::Httplib PROPERTIES
    IMPORTED_LOCATION ${Httplib_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Httplib_INCLUDE_DIR}
    INTERFACE_COMPILE_DEFINITIONS "${options}"
    INTERFACE_LINK_LIBRARIES OpenSSL::SSL)
endif()

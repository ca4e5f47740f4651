# Makes a source that has the files of page/ in it, so that the program needs
# nothing beside itself. Sets page_source to its path.
file(GLOB page_paths CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/page/*)
set(page_text "#include \"runtime/http/page_files.hpp\"

namespace troupe::http {

const std::vector<page_file>& page_files() {
  static const std::vector<page_file> all = {
")
foreach(path IN LISTS page_paths)
  get_filename_component(name ${path} NAME)
  get_filename_component(kind ${path} LAST_EXT)
  if(kind STREQUAL ".html")
    set(media "text/html; charset=utf-8")
  elseif(kind STREQUAL ".css")
    set(media "text/css; charset=utf-8")
  elseif(kind STREQUAL ".js")
    set(media "text/javascript; charset=utf-8")
  elseif(kind STREQUAL ".svg")
    set(media "image/svg+xml")
  else()
    message(FATAL_ERROR "${path}: no media type is known for '${kind}'")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(READ ${path} content)
  string(APPEND page_text
         "    {\"${name}\", \"${media}\",\n     R\"page(${content})page\"},\n")
endforeach()
string(APPEND page_text "  };
  return all;
}

} // namespace troupe::http
")
set(page_source ${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp)
file(WRITE ${page_source}.new "${page_text}")
file(COPY_FILE ${page_source}.new ${page_source} ONLY_IF_DIFFERENT)

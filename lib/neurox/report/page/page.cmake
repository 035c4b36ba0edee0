# The report's page as string constants inside the report storey. NEUROX_VEGA: Vega's vega.min.js, or the folder of its modules as
# Debian's and Ubuntu's libjs-vega lays them out.
find_file(NEUROX_VEGA NAMES vega.min.js PATHS /usr/share/javascript/vega /usr/share/nodejs/vega/build NO_DEFAULT_PATH
          DOC "Vega: vega.min.js, or the folder with vega-*.min.js")
if(NOT NEUROX_VEGA)
  find_path(NEUROX_VEGA NAMES vega-view.min.js PATHS /usr/share/javascript/vega NO_DEFAULT_PATH)
endif()
if(NOT NEUROX_VEGA)
  message(FATAL_ERROR "Vega, which draws the report's charts, was not found: install libjs-vega, or give -DNEUROX_VEGA=<vega.min.js>")
endif()

set(_page "${CMAKE_CURRENT_SOURCE_DIR}/neurox/report/page")
set(_assets "${CMAKE_CURRENT_BINARY_DIR}/page_assets.cpp")
add_custom_command(
  OUTPUT "${_assets}"
  COMMAND "${CMAKE_COMMAND}" -DOUTPUT=${_assets} -DPAGE=${_page} -DVEGA=${NEUROX_VEGA} -P "${_page}/embed.cmake"
  DEPENDS "${_page}/embed.cmake" "${_page}/page.css" "${_page}/charts.js" "${_page}/page.js" "${_page}/vega_licence.txt"
  COMMENT "Embedding the report's page"
  VERBATIM)
target_sources(neurox_report PRIVATE "${_assets}")

# cmake -DOUTPUT=page_assets.cpp -DPAGE=<this folder> -DVEGA=<vega.min.js, or the folder with Debian's vega-*.min.js> -P embed.cmake
# Writes the report's style sheet and scripts as C++ string constants (neurox/report/page_assets.h).

# Debian ships Vega as its modules, each with what it needs of d3 inside, and no bundle. They are joined here by a loader of
# five lines; maps, force and tree layouts are left out, which saves a quarter.
function(join_vega folder result)
  set(text "(function(g){\"use strict\";var M={};function req(n){if(!M[n])throw Error(\"missing \"+n);return M[n];}\n")
  string(APPEND text "function def(n,f){var m={exports:{}};f.call(g,m,m.exports,req);M[n]=m.exports;}\n")
  foreach(name util time format loader dataflow statistics canvas scale scenegraph expression selection functions event-selector
               parser runtime transforms view-transforms encode view)
    file(READ "${folder}/vega-${name}.min.js" module)
    string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" module "${module}")
    if(name STREQUAL "selection")
      set(name "selections")
    endif()
    string(APPEND text "def(\"vega-${name}\",function(module,exports,require,define){${module}\n});\n")
  endforeach()
  string(APPEND text "Object.assign(req(\"vega-dataflow\").transforms,req(\"vega-transforms\"),req(\"vega-view-transforms\"),"
                     "req(\"vega-encode\"));\n"
                     "g.vega={parse:req(\"vega-parser\").parse,View:req(\"vega-view\").View};})(globalThis);\n")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

if(IS_DIRECTORY "${VEGA}")
  join_vega("${VEGA}" vega)
else()
  file(READ "${VEGA}" vega)
endif()
file(READ "${PAGE}/vega_licence.txt" licence)
set(vega "/*!\n${licence}*/\n${vega}")
# A script element ends at the first `</script`, wherever it stands.
string(REGEX REPLACE "</([sS][cC][rR][iI][pP][tT])" "<\\\\/\\1" vega "${vega}")

file(READ "${PAGE}/page.css" style)
file(READ "${PAGE}/charts.js" charts)
file(READ "${PAGE}/page.js" page)

set(out "#include \"neurox/report/page_assets.h\"\n\nnamespace neurox {\n")
foreach(asset vega style charts page)
  string(APPEND out "const std::string_view kPage_${asset} = R\"neurox~(${${asset}})neurox~\";\n")
endforeach()
string(APPEND out "}  // namespace neurox\n")
file(WRITE "${OUTPUT}" "${out}")

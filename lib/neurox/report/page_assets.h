#pragma once

#include <string_view>

/// The page's parts, embedded when the library is built (report/page/embed.cmake).
namespace neurox {

extern const std::string_view kPage_vega;    ///< the chart library, minified, with its licence
extern const std::string_view kPage_style;   ///< page.css
extern const std::string_view kPage_charts;  ///< charts.js: Vega specifications from the page's data
extern const std::string_view kPage_page;    ///< page.js: drawing, filters, self-check

}  // namespace neurox

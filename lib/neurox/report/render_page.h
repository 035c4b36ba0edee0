#pragma once

#include <string>

#include "neurox/report/report_data.h"

namespace neurox {

/// The report as one HTML file that needs no network and no other file: style, scripts, charts' data and
/// texts are inside.
///
/// Everything a chart shows also stands in a table under it, so the page can be read without scripts. Texts
/// of the data are escaped wherever they go. The same data gives the same bytes.
std::string render_page(const ReportData& data);

}  // namespace neurox

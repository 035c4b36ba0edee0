#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace neurox::html {

/// Text safe between tags and inside quoted attributes: & < > " ' escaped, control characters and invalid
/// UTF-8 replaced by U+FFFD.
std::string escape(std::string_view text);

/// JSON safe inside a script element: every `<`, `>` and `&` and the line separators U+2028/9 are \u escapes.
std::string script_json(const nlohmann::ordered_json& value);

/// A number with four significant digits (`0.123`, `1.23e-05`), a dash for NaN; minus signs are U+2212.
std::string number(double value);
/// A share of 1 as per cent with one decimal, `94.4 %`; a dash for NaN.
std::string percent(double share);
/// A share that was chosen, not measured: `1 %`, `0.5 %`.
std::string round_percent(double share);
/// A count with thin spaces between thousands.
std::string count(std::int64_t value);

/// A column's name and whether its cells are numbers, set flush right.
struct Column {
  std::string name;
  bool numeric = true;
};

/// A table of plain text; the first column heads its row.
struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// The table in a box that scrolls sideways and can be reached by keyboard.
std::string table(const Table& table);

/// The table behind a `details` element, shut on the screen and open in print.
std::string folded(std::string_view summary, const Table& table);

/// A figure whose picture the page's script draws from the chart's data (see Charts), with its caption.
std::string figure(std::string_view chart_id, std::string_view label, std::string_view caption);

}  // namespace neurox::html

#include "neurox/io/delimited.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

namespace neurox::io {
namespace {

std::string quoted(const std::string& text, char separator) {
  const char special[] = {separator, '"', '\n', '\r', '\0'};
  if (text.find_first_of(special) == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

template <class T>
std::string number(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(x) ? std::string() : fmt::format("{}", x);
  else
    return fmt::format("{}", x);
}

std::string field(const Column& column, std::size_t row, char separator) {
  return std::visit(
      [&](const auto& data) -> std::string {
        using Data = std::decay_t<decltype(data)>;
        if constexpr (std::is_same_v<Data, Categorical>) {
          const std::int32_t code = data.codes[row];
          return code < 0 ? std::string()
                          : quoted(data.categories[static_cast<std::size_t>(code)], separator);
        } else if constexpr (std::is_same_v<Data, std::vector<std::string>>) {
          return quoted(data[row], separator);
        } else if constexpr (std::is_same_v<Data, std::vector<bool>>) {
          return data[row] ? "true" : "false";
        } else {
          return number(data[row]);
        }
      },
      column.data);
}

}  // namespace

void write_delimited(OutputFile& out, const AnnData& data, char separator) {
  std::string line;
  const auto put = [&](const std::string& text) {
    if (!line.empty()) line += separator;
    line += text;
  };
  for (const Column& column : data.obs.columns) put(quoted(column.name, separator));
  if (data.X)
    for (Index c = 0; c < data.X->cols(); ++c)
      put(data.var.row_names ? quoted((*data.var.row_names)[static_cast<std::size_t>(c)], separator)
                             : std::to_string(c));
  out.write(line + "\n");
  std::string block;
  for (std::int64_t r = 0; r < data.obs.rows; ++r) {
    bool first = true;
    const auto add = [&](const std::string& text) {
      if (!first) block += separator;
      first = false;
      block += text;
    };
    for (const Column& column : data.obs.columns) add(field(column, static_cast<std::size_t>(r), separator));
    if (data.X)
      for (Index c = 0; c < data.X->cols(); ++c) add(number((*data.X)(static_cast<Index>(r), c)));
    block += '\n';
    if (block.size() > (1U << 20)) {
      out.write(block);
      block.clear();
    }
  }
  out.write(block);
}

}  // namespace neurox::io

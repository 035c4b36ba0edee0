#include "cluster_sheet.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "neurox/core/error.h"
#include "neurox/io/line_reader.h"

namespace neurox::apps {
namespace {

/// A field of one line, without what would end it.
std::string field(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  return text;
}

/// Fields between tabs; spreadsheets put some into quotes.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out(1);
  for (const char c : line)
    if (c == '\t')
      out.emplace_back();
    else
      out.back() += c;
  for (std::string& f : out) {
    if (f.size() < 2 || f.front() != '"' || f.back() != '"') continue;
    std::string inside;
    for (std::size_t i = 1; i + 1 < f.size(); ++i) {
      inside += f[i];
      if (f[i] == '"' && f[i + 1] == '"' && i + 2 < f.size()) ++i;
    }
    f = inside;
  }
  return out;
}

std::int64_t number_of(const std::string& text, const std::string& where, const char* column) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw input_error("{}: '{}' in column {} is no number", where, text, column);
  return value;
}

std::size_t column_of(const std::vector<std::string>& header, const std::string& name,
                      const std::string& path) {
  const auto at = std::find(header.begin(), header.end(), name);
  if (at == header.end())
    throw input_error("{}: has no column '{}'; a sheet has cluster, size, words, contexts, name (--sheet)",
                      path, name);
  return static_cast<std::size_t>(at - header.begin());
}

}  // namespace

void write_sheet(const std::string& path, const std::vector<SheetRow>& rows,
                 const io::WriteOptions& writing) {
  io::OutputFile out(path, writing);
  out.write("cluster\tsize\twords\tcontexts\tname\n");
  for (const SheetRow& row : rows)
    out.write(fmt::format("{}\t{}\t{}\t{}\t{}\n", row.cluster, row.size, field(row.words),
                          field(fmt::format("{}", fmt::join(row.contexts, " | "))), field(row.name)));
  out.commit();
}

std::vector<std::string> read_names(const std::string& path, const std::vector<SheetRow>& rows) {
  io::LineReader in(path);
  std::string line;
  if (!in.next(line)) throw input_error("{}: is empty", path);
  const std::vector<std::string> header = fields_of(line);
  const std::size_t cluster = column_of(header, "cluster", path), size = column_of(header, "size", path),
                    words = column_of(header, "words", path), name = column_of(header, "name", path);
  std::vector<std::string> out(rows.size());
  while (in.next(line)) {
    if (line.empty()) continue;
    std::vector<std::string> fields = fields_of(line);
    fields.resize(std::max(fields.size(), header.size()));
    const std::int64_t c = number_of(fields[cluster], in.where(), "cluster"),
                       n = number_of(fields[size], in.where(), "size");
    if (c < 0 || c >= static_cast<std::int64_t>(rows.size()))
      throw input_error("{}: there is no cluster {}; this run has 0 to {}", in.where(), c, rows.size() - 1);
    const SheetRow& row = rows[static_cast<std::size_t>(c)];
    if (n != row.size)
      throw input_error(
          "{}: cluster {} has {} tokens there but {} here; names go with the run whose sheet it is",
          in.where(), c, n, row.size);
    if (fields[words] != field(row.words))
      throw input_error(
          "{}: cluster {} has other words there ({}) than here ({}); names go with the run whose "
          "sheet it is",
          in.where(), c, fields[words], row.words);
    out[static_cast<std::size_t>(c)] = fields[name];
  }
  return out;
}

}  // namespace neurox::apps

#include "neurox/io/label_file.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/io/activation_parts.h"

namespace neurox::io {
namespace {

/// What says which row is which; a column that a table lacks stays empty.
struct RowKeys {
  std::string where;
  std::vector<std::string> token;
  std::vector<double> sentence, position, sequence;

  RowKeys(const Table& obs, std::string name) : where(std::move(name)) {
    if (obs.find("token") != nullptr) token = obs.strings("token", where);
    if (obs.find("sentence") != nullptr) sentence = obs.numbers("sentence", where);
    if (obs.find("position") != nullptr) position = obs.numbers("position", where);
    if (obs.find("sequence") != nullptr) sequence = obs.numbers("sequence", where);
  }

  static double at(const std::vector<double>& column, std::size_t i) {
    return column.empty() ? 0 : column[i];
  }

  std::string row(std::size_t i) const {
    std::string text = fmt::format("row {}", i);
    if (!sentence.empty() && !position.empty())
      text += position[i] < 0 ? fmt::format(" (sentence {})", sentence[i])
                              : fmt::format(" (sentence {}, position {})", sentence[i], position[i]);
    if (!token.empty() && !token[i].empty()) text += fmt::format(" '{}'", token[i]);
    return text;
  }
};

bool same(const RowKeys& a, std::size_t i, const RowKeys& b, std::size_t j) {
  const auto equal = [&](const std::vector<double>& x, const std::vector<double>& y) {
    return x.empty() || y.empty() || x[i] == y[j];
  };
  return (a.token.empty() || b.token.empty() || a.token[i] == b.token[j]) && equal(a.sentence, b.sentence) &&
         equal(a.position, b.position) && RowKeys::at(a.sequence, i) == RowKeys::at(b.sequence, j);
}

}  // namespace

std::vector<std::string> label_columns(const Table& obs) {
  std::vector<std::string> names;
  for (const Column& column : obs.columns)
    if (!is_token_column(column.name)) names.push_back(column.name);
  return names;
}

LabelFile read_label_file(const std::filesystem::path& path) {
  if (file_kind(path) != FileKind::AnnData)
    throw input_error("{}: is no label file (.h5ad, as `neurox label` writes it)", path.string());
  AnnData data = read_anndata(path);
  LabelFile file{path, provenance(data.uns), std::move(data.obs)};
  if (file.provenance.kind != "labels")
    throw input_error("{}: is no label file, but of kind {}; `neurox label` writes them", path.string(),
                      file.provenance.kind.empty() ? "unknown" : file.provenance.kind);
  if (const auto sets = data.uns.find("labels"); sets != data.uns.end()) file.sets = *sets;
  return file;
}

AnnData to_anndata(const LabelFile& labels) {
  AnnData data;
  data.obs = labels.obs;
  data.uns["neurox"] = to_tree(labels.provenance);
  data.uns["labels"] = labels.sets;
  return data;
}

std::vector<std::int64_t> align_labels(const LabelFile& labels, const ActivationReader& file) {
  const RowKeys ours(labels.obs, labels.path.string()), theirs(file.obs(), file.name());
  const auto rows = static_cast<std::size_t>(file.rows()), known = static_cast<std::size_t>(labels.obs.rows);
  std::vector<std::string> status(rows);
  if (file.obs().find("status") != nullptr) status = file.obs().strings("status", file.name());
  std::vector<std::int64_t> of(rows, -1);
  std::size_t j = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    if (j < known && same(ours, j, theirs, i)) {
      of[i] = static_cast<std::int64_t>(j++);
    } else if (status[i] != "special") {
      if (j == known)
        throw input_error("{}: ends after {} rows, but {} goes on with {}; they are of different texts",
                          ours.where, known, theirs.where, theirs.row(i));
      throw input_error(
          "{}: {} is {} in {}; labels and activations must be of the same rows of the same text", ours.where,
          ours.row(j), theirs.row(i), theirs.where);
    }
  }
  const bool more = j < known && (ours.sentence.empty() || theirs.sentence.empty() || rows == 0 ||
                                  ours.sentence[j] <= theirs.sentence[rows - 1]);
  if (more)
    throw input_error("{}: goes on with {}, but {} ends after {} rows; they are of different texts",
                      ours.where, ours.row(j), theirs.where, rows);
  return of;
}

}  // namespace neurox::io

#include "neurox/io/activation_reader.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/io/activation_parts.h"
#include "neurox/io/anndata.h"
#include "neurox/io/anndata_parts.h"
#include "neurox/io/hdf5_values.h"
#include "neurox/io/matrix_store.h"
#include "neurox/io/neuron_table.h"
#include "neurox/io/neurox_files.h"

namespace neurox::io {
namespace {

/// The texts in uns/NAME, none if it is not there.
std::vector<std::string> read_texts(const std::filesystem::path& path, const std::string& name) {
  h5::Lock lock;
  const h5::File file = h5::open_file(path);
  if (!h5::exists(file.id, "uns")) return {};
  const h5::Handle uns = h5::open_group(file, file.id, "uns");
  if (!h5::exists(uns, name) || h5::is_group(file, uns, name)) return {};
  const h5::Handle texts = h5::open_dataset(file, uns, name);
  if (h5::value_kind(texts) != h5::ValueKind::Text) return {};
  return h5::read_strings(file, texts);
}

std::shared_ptr<const ActivationReader> open_anndata(const std::filesystem::path& path) {
  auto parts = std::make_unique<ActivationReader::Parts>(
      [path] {
        h5::Lock lock;
        const h5::File file = h5::open_file(path);
        return h5::read_table(file, file.id, "obs");
      },
      [path] { return read_texts(path, "sentences"); },
      [path] { return read_texts(path, "second_sentences"); });
  h5::Lock lock;
  const h5::File file = h5::open_file(path);
  parts->path = path;
  parts->var = h5::read_table(file, file.id, "var");
  if (h5::exists(file.id, "uns"))
    parts->uns = h5::read_tree(file, file.id, "uns", {"sentences", "second_sentences"});
  parts->provenance = provenance(parts->uns);
  if (!h5::exists(file.id, "X")) {
    const std::string& kind = parts->provenance.kind;
    throw input_error("{}: holds no activations{}", path.string(),
                      kind.empty() ? std::string(" (no X)") : ", it is a file of kind " + kind);
  }
  parts->X = open_matrix(path, "X");
  parts->neurons = neuron_axis(parts->var, parts->uns, path.string() + ":/var");
  const h5::Handle X = h5::open_dataset(file, file.id, "X");
  const h5::Handle type(H5Dget_type(X), H5Tclose);
  parts->half = h5::is_half(type);

  const h5::Handle obs = h5::open_group(file, file.id, "obs");
  for (const std::string& link :
       h5::texts_attribute(obs, "column-order").value_or(std::vector<std::string>{})) {
    const std::string name = h5::link_to_key(link);
    if (is_token_column(name) || !h5::exists(obs, link)) continue;
    // Labels are text: categories or strings.
    const bool text =
        h5::is_group(file, obs, link)
            ? h5::text_attribute(h5::open_group(file, obs, link), "encoding-type") == "categorical"
            : h5::value_kind(h5::open_dataset(file, obs, link)) == h5::ValueKind::Text;
    if (text) parts->label_sets.push_back(name);
  }
  const std::string index = h5::text_attribute(obs, "_index").value_or("_index");
  const auto rows = h5::dims(file, h5::open_dataset(file, obs, index));
  if (parts->X->cols() != parts->var.rows)
    throw input_error("{}: X has {} columns, but var {} rows", path.string(), parts->X->cols(),
                      parts->var.rows);
  if (rows.size() != 1 || parts->X->rows() != static_cast<Index>(rows[0]))
    throw input_error("{}: X has {} rows, but obs {}", path.string(), parts->X->rows(),
                      rows.empty() ? 0 : rows[0]);
  return std::make_shared<const ActivationReader>(std::move(parts));
}

}  // namespace

bool is_token_column(const std::string& name) {
  static constexpr std::array names = {"token",  "sentence", "position", "char_begin", "char_end",
                                       "pieces", "window",   "sequence", "status"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::shared_ptr<const ActivationReader> ActivationReader::open(const std::filesystem::path& path) {
  switch (file_kind(path)) {
    case FileKind::AnnData:
      return open_anndata(path);
    case FileKind::NeuroxHdf5:
      return open_neurox_hdf5(path);
    case FileKind::NeuroxJson:
      return open_neurox_json(path);
    case FileKind::Other:
      break;
  }
  throw input_error("{}: is not a file of activations (.h5ad, or NeuroX's .hdf5 or .json)", path.string());
}

ActivationReader::ActivationReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ActivationReader::~ActivationReader() = default;

Index ActivationReader::rows() const {
  return parts_->X->rows();
}
Index ActivationReader::cols() const {
  return parts_->X->cols();
}
void ActivationReader::read(Index first, MatrixFOut out) const {
  parts_->X->read(first, out);
}
const std::filesystem::path& ActivationReader::path() const {
  return parts_->path;
}
std::string ActivationReader::name() const {
  return parts_->path.string();
}
const NeuronAxis& ActivationReader::neurons() const {
  return parts_->neurons;
}
bool ActivationReader::half() const {
  return parts_->half;
}
const Table& ActivationReader::obs() const {
  return parts_->obs.get();
}
const Table& ActivationReader::var() const {
  return parts_->var;
}
const std::vector<std::string>& ActivationReader::sentences() const {
  return parts_->sentences.get();
}
const std::vector<std::string>& ActivationReader::second_sentences() const {
  return parts_->second.get();
}
std::vector<std::string> ActivationReader::label_sets() const {
  return parts_->label_sets;
}
const Tree& ActivationReader::uns() const {
  return parts_->uns;
}
const Provenance& ActivationReader::provenance() const {
  return parts_->provenance;
}

std::unique_ptr<RowSource> ActivationReader::columns(const std::vector<std::int64_t>& columns) const {
  return io::select_columns(parts_->X, columns);
}

std::unique_ptr<RowSource> ActivationReader::select_rows(std::vector<std::int64_t> rows,
                                                         std::vector<std::int64_t> columns) const {
  return io::select_rows(parts_->X, std::move(rows), std::move(columns));
}

void check_finite(const MatrixFRef& band, Index first, const NeuronAxis& neurons, const std::string& name) {
  for (Index i = 0; i < band.rows(); ++i) {
    // A sum of x * 0 is 0 unless some x is not finite: one vector pass instead of a test per value.
    const auto row = band.row(i);
    if ((row.array() * 0.0F).sum() == 0.0F) continue;
    for (Index j = 0; j < row.size(); ++j)
      if (!std::isfinite(row[j]))
        throw input_error("{}: {} at row {} of {}", name, std::isnan(row[j]) ? "NaN" : "infinity", first + i,
                          neurons.address(static_cast<std::size_t>(j)));
  }
}

void check_finite(const RowSource& source, const NeuronAxis& neurons, const std::string& name) {
  for_each_band(source, 1024,
                [&](Index first, const MatrixFRef& band) { check_finite(band, first, neurons, name); });
}

Table neurons_with_statistics(const ActivationReader& file, const NeuronAxis& axis,
                              const std::vector<std::int64_t>& columns) {
  Table table = neuron_table(axis);
  for (const Column& column : file.var().columns) {
    if (table.find(column.name) != nullptr || column.name == "head") continue;
    const auto* values = std::get_if<std::vector<double>>(&column.data);
    if (values == nullptr) continue;
    std::vector<double> kept;
    kept.reserve(columns.size());
    for (const std::int64_t c : columns) kept.push_back((*values)[static_cast<std::size_t>(c)]);
    table.add(column.name, std::move(kept));
  }
  return table;
}

}  // namespace neurox::io

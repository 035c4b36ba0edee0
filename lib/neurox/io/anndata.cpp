#include "neurox/io/anndata.h"

#include <fstream>

#include "neurox/core/error.h"
#include "neurox/io/anndata_parts.h"
#include "neurox/io/hdf5_values.h"

namespace neurox::io {
namespace {

MatrixF read_matrix(const h5::File& file, hid_t parent, const std::string& name, const AnnData& shape) {
  if (h5::is_group(file, parent, name))
    throw input_error("{}: {} is sparse; write it dense (adata.X = adata.X.toarray())", file.path.string(),
                      name);
  const h5::Handle dataset = h5::open_dataset(file, parent, name);
  const auto sizes = h5::dims(file, dataset);
  const auto rows = static_cast<hsize_t>(shape.obs.rows), columns = static_cast<hsize_t>(shape.var.rows);
  if (sizes.size() != 2 || sizes[0] != rows || sizes[1] != columns)
    throw input_error("{}: {} is not of {} x {} (obs x var)", file.path.string(), name, rows, columns);
  const auto values = h5::read_numbers<float>(file, dataset);
  return Eigen::Map<const MatrixF>(values.data(), static_cast<Index>(rows), static_cast<Index>(columns));
}

/// A dense matrix of a row per row of obs; nothing where it is something else.
std::optional<MatrixF> read_rows(const h5::File& file, hid_t parent, const std::string& name,
                                 const AnnData& shape) {
  if (h5::is_group(file, parent, name)) return std::nullopt;
  const h5::Handle dataset = h5::open_dataset(file, parent, name);
  const auto sizes = h5::dims(file, dataset);
  if (sizes.size() != 2 || sizes[0] != static_cast<hsize_t>(shape.obs.rows)) return std::nullopt;
  const auto values = h5::read_numbers<float>(file, dataset);
  return Eigen::Map<const MatrixF>(values.data(), static_cast<Index>(sizes[0]), static_cast<Index>(sizes[1]));
}

void check_shape(const MatrixF& X, const std::string& name, const AnnData& data,
                 const std::filesystem::path& target) {
  if (X.rows() != data.obs.rows || X.cols() != data.var.rows)
    throw usage_error("{}: {} is {} x {}, but obs x var is {} x {}", target.string(), name, X.rows(),
                      X.cols(), data.obs.rows, data.var.rows);
}

}  // namespace

const MatrixF* AnnData::layer(std::string_view name) const {
  for (const auto& [key, values] : layers)
    if (key == name) return &values;
  return nullptr;
}

const MatrixF* AnnData::of_obs(std::string_view name) const {
  for (const auto& [key, values] : obsm)
    if (key == name) return &values;
  return nullptr;
}

void write_anndata(const std::filesystem::path& target, const AnnData& data, const WriteOptions& options) {
  OutputFile out(target, options);
  h5::Lock lock;
  const h5::File file = h5::create_in_memory(target);
  h5::mark(file, file.id, "anndata", "0.1.0");
  if (data.X) {
    check_shape(*data.X, "X", data, target);
    h5::put_matrix(file, file.id, "X", *data.X);
  }
  h5::put_table(file, file.id, "obs", data.obs);
  h5::put_table(file, file.id, "var", data.var);
  h5::put_tree(file, file.id, "uns", data.uns);
  for (const char* name : {"obsp", "varm", "varp"}) h5::put_tree(file, file.id, name, Tree::object());
  const h5::Handle obsm = h5::make_group(file, file.id, "obsm");
  h5::mark(file, obsm, "dict", "0.1.0");
  for (const auto& [name, rows] : data.obsm) {
    if (rows.rows() != data.obs.rows)
      throw usage_error("{}: obsm/{} has {} rows, but obs has {}", target.string(), name, rows.rows(),
                        data.obs.rows);
    h5::put_matrix(file, obsm, h5::key_to_link(name), rows);
  }
  const h5::Handle layers = h5::make_group(file, file.id, "layers");
  h5::mark(file, layers, "dict", "0.1.0");
  for (const auto& [name, X] : data.layers) {
    check_shape(X, "layers/" + name, data, target);
    h5::put_matrix(file, layers, h5::key_to_link(name), X);
  }
  const std::vector<char> bytes = h5::image(file);
  out.write({bytes.data(), bytes.size()});
  out.commit();
}

AnnData read_anndata(const std::filesystem::path& path) {
  h5::Lock lock;
  const h5::File file = h5::open_file(path);
  if (h5::text_attribute(file.id, "encoding-type") != "anndata" && !h5::exists(file.id, "obs"))
    throw input_error("{}: is HDF5, but not an AnnData file", path.string());
  AnnData data;
  data.obs = h5::read_table(file, file.id, "obs");
  data.var = h5::read_table(file, file.id, "var");
  if (h5::exists(file.id, "X")) data.X = read_matrix(file, file.id, "X", data);
  if (h5::exists(file.id, "uns")) data.uns = h5::read_tree(file, file.id, "uns");
  if (h5::exists(file.id, "layers")) {
    const h5::Handle layers = h5::open_group(file, file.id, "layers");
    for (const std::string& name : h5::names(file, layers))
      data.layers.emplace_back(h5::link_to_key(name), read_matrix(file, layers, name, data));
  }
  if (h5::exists(file.id, "obsm")) {
    const h5::Handle obsm = h5::open_group(file, file.id, "obsm");
    for (const std::string& name : h5::names(file, obsm))
      if (auto rows = read_rows(file, obsm, name, data))
        data.obsm.emplace_back(h5::link_to_key(name), std::move(*rows));
  }
  return data;
}

FileKind file_kind(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw input_error("{}: no such file", path.string());
  if (std::filesystem::is_directory(path, error)) return FileKind::Other;
  if (h5::is_hdf5(path)) {
    h5::Lock lock;
    const h5::File file = h5::open_file(path);
    if (h5::exists(file.id, "sentence_to_index")) return FileKind::NeuroxHdf5;
    return h5::exists(file.id, "obs") && h5::exists(file.id, "var") ? FileKind::AnnData : FileKind::Other;
  }
  std::ifstream in(path, std::ios::binary);
  std::string start(200, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return start.starts_with("{\"linex_index\"") ? FileKind::NeuroxJson : FileKind::Other;
}

}  // namespace neurox::io

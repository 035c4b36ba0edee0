#include "probe_input.h"

#include "neurox/core/error.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {

NeuronFile read_neuron_file(const std::string& path, const std::string& kind) {
  NeuronFile file;
  file.path = path;
  file.data = io::read_anndata(path);
  file.provenance = io::provenance(file.data.uns);
  if (file.provenance.kind != kind || !file.data.X)
    throw input_error("{}: is {}, not a {}; `neurox {}` makes one", path,
                      file.provenance.kind.empty() ? "nothing that neurox wrote"
                                                   : fmt::format("a file of kind '{}'", file.provenance.kind),
                      kind, kind == "probe" ? "probe" : "rank");
  file.axis = io::neuron_axis(file.data.obs, file.data.uns, path);
  file.concepts = file.data.var.row_names.value_or(std::vector<std::string>{});
  if (file.data.obs.find("mean") != nullptr) file.means = file.data.obs.numbers("mean", path);
  return file;
}

LogisticFit fit_of(const NeuronFile& probe) {
  const io::Tree& tree = probe.data.uns.at("probe");
  LogisticFit fit;
  fit.W = probe.data.X->transpose();
  const auto vector_of = [&](const char* name, Index size) {
    const auto values = tree.at(name).get<std::vector<double>>();
    if (static_cast<Index>(values.size()) != size)
      throw input_error("{}:/uns/probe/{}: {} values but {} expected", probe.path, name, values.size(), size);
    return VectorD(Eigen::Map<const VectorD>(values.data(), size));
  };
  fit.b = vector_of("intercepts", fit.W.rows()).cast<float>();
  fit.mean = vector_of("mean", fit.W.cols());
  fit.scale = vector_of("scale", fit.W.cols());
  if (tree.contains("dead"))
    for (const auto& d : tree.at("dead")) fit.dead.push_back(d.get<Index>());
  return fit;
}

}  // namespace neurox::apps

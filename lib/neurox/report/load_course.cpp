#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/io/neuron_table.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr Index most_units = 12;

double layer_value(const io::AnnData& data, const char* name, Index row, Index neuron) {
  const MatrixF* layer = data.layer(name);
  return layer == nullptr ? no_value : static_cast<double>((*layer)(row, neuron));
}

}  // namespace

bool course(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "course" || !file.data.X) return false;
  const io::AnnData& data = file.data;
  const std::string where = file.where + ":/obs";
  const auto conditions = data.obs.strings("condition", where), words = data.obs.strings("word", where);
  const auto positions = data.obs.numbers("position", where), shares = data.obs.numbers("word_share", where),
             sentences = data.obs.numbers("sentences", where);
  std::vector<double> compared(conditions.size(), 0);
  if (data.obs.find("compared") != nullptr) compared = data.obs.numbers("compared", where);
  const auto references = data.var.numbers("reference", file.where + ":/var");
  const NeuronAxis axis = io::neuron_axis(data.var, data.uns, file.where + ":/var");
  const io::Tree& separation = child(data.uns, "separation");
  const auto separated = numbers(separation, "position");
  CourseCurves found;
  found.file = file.name, found.model = file.provenance.model;
  found.neurons = data.X->cols();
  for (Index n = 0; n < std::min(most_units, data.X->cols()); ++n) {
    CourseUnit unit;
    unit.address = axis.address(static_cast<std::size_t>(n));
    unit.reference = references[static_cast<std::size_t>(n)];
    for (std::size_t r = 0; r < conditions.size(); ++r) {
      const auto i = static_cast<Index>(r);
      auto line = std::find_if(unit.lines.begin(), unit.lines.end(),
                               [&](const CourseLine& l) { return l.condition == conditions[r]; });
      if (line == unit.lines.end()) line = unit.lines.insert(line, {conditions[r], {}});
      CourseValue v;
      v.position = positions[r], v.word = words[r], v.word_share = shares[r];
      v.sentences = static_cast<std::int64_t>(sentences[r]);
      v.mean = static_cast<double>((*data.X)(i, n));
      v.sd = layer_value(data, "sd", i, n), v.error = layer_value(data, "standard_error", i, n);
      v.compared = static_cast<std::int64_t>(compared[r]);
      v.base = layer_value(data, "base", i, n), v.difference = layer_value(data, "difference", i, n);
      v.difference_error = layer_value(data, "difference_error", i, n);
      v.strengthens = layer_value(data, "strengthens", i, n);
      v.weakens = layer_value(data, "weakens", i, n), v.flips = layer_value(data, "flips", i, n);
      line->values.push_back(std::move(v));
    }
    for (std::size_t k = 0; k < separated.size(); ++k) {
      const io::Tree& row = separation.at("between").at(k);
      const io::Tree& value = row.at(static_cast<std::size_t>(n));
      unit.between.emplace_back(separated[k], value.is_number() ? value.get<double>() : no_value);
    }
    found.units.push_back(std::move(unit));
  }
  out.courses.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load

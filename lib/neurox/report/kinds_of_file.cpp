#include "neurox/report/kinds_of_file.h"

#include "neurox/report/load_parts.h"

namespace neurox {

KindFindings kinds_of_file(const io::ActivationReader& file, std::size_t most_rows) {
  return load::kind_findings(
      load::neuron_table(file.neurons(), file.var(), load::activation_of(file.provenance())), most_rows);
}

}  // namespace neurox

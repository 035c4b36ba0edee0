#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

/// One per sort of file; each says whether the file is of its sort.
using Reader = bool (*)(const Loaded&, MethodFindings&);
constexpr Reader kReaders[] = {
    tcav,       pairs,      trees,           concept_use,    logit_lens,  logit_parts,
    vocabulary, attention,  groups,          trust,          rank_belief, description_length,
    comparison, similarity, factors,         token_clusters, map,         rank_scores,
    clusters,   redundancy, corpus_contexts, course,         shares,      mediation};

}  // namespace

bool methods(const Loaded& file, MethodFindings& out) {
  bool known = false;
  for (const Reader reader : kReaders) known = reader(file, out) || known;
  return known;
}

}  // namespace neurox::load

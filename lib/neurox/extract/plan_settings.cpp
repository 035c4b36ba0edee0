#include "neurox/extract/plan_settings.h"

#include "neurox/core/error.h"

namespace neurox::extract {

const std::map<std::string, Unit> units{
    {"token", Unit::Token}, {"word", Unit::Word}, {"sentence", Unit::Sentence}};
const std::map<std::string, Pooling> poolings{
    {"first", Pooling::First}, {"last", Pooling::Last}, {"mean", Pooling::Mean}};
const std::map<std::string, SentencePooling> sentence_poolings{{"summary", SentencePooling::Summary},
                                                               {"mean", SentencePooling::Mean},
                                                               {"max", SentencePooling::Max},
                                                               {"last", SentencePooling::Last}};
const std::map<std::string, Over> overs{{"words", Over::Words}, {"pieces", Over::Pieces}};
const std::map<std::string, TooLong> too_longs{{"cut", TooLong::Cut}, {"split", TooLong::Split}};

namespace {

template <class Value>
void read(const io::Tree& settings, const char* name, const std::map<std::string, Value>& words,
          Value& into) {
  if (!settings.contains(name)) return;
  const auto word = settings.at(name).get<std::string>();
  const auto it = words.find(word);
  if (it == words.end())
    throw input_error("settings of the activations: {} '{}' is not known here", name, word);
  into = it->second;
}

}  // namespace

PlanOptions plan_of_settings(const io::Tree& settings, int max_pieces) {
  PlanOptions plan;
  read(settings, "unit", units, plan.unit);
  read(settings, "pooling", poolings, plan.pooling);
  read(settings, "sentence_pooling", sentence_poolings, plan.sentence_pooling);
  read(settings, "over", overs, plan.over);
  plan.max_pieces = settings.value("max_pieces", max_pieces);
  return plan;
}

}  // namespace neurox::extract

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "neurox/label/label_set.h"
#include "neurox/label/words.h"

namespace neurox::label {

/// A condition on the columns of a row.
///
///     either := both ('or' both)*
///     both   := not ('and' not)*
///     not    := 'not' not | '(' either ')' | test
///     test   := NAME '=' VALUE | NAME '!=' VALUE | NAME 'in' '{' VALUE (',' VALUE)* '}'
///             | NAME ('<' | '<=' | '>' | '>=') NUMBER | NAME
///
/// NAMEs and VALUEs stand bare or in single or double quotes. A NAME alone asks whether the row has the class
/// of that name: `negation and upos=PART` with a concept `negation`. A row without a value passes no test but
/// `!=`, which is the same as `not NAME = VALUE`. Columns of categories that are all numbers can be compared
/// with < and > too.
class Expression {
 public:
  /// @throws Error{Usage} with the place of what is not understood
  explicit Expression(std::string text);
  ~Expression();
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;

  /// Every column that it names, in the order in which they occur, each once.
  const std::vector<std::string>& columns() const { return columns_; }

  /// Finds a column by its name; null where there is none.
  using Columns = std::function<const io::Column*(const std::string&)>;
  /// @param where      of the columns, for messages
  /// @param available  names to suggest for a misspelt one
  /// @throws Error{Input} for a column that is not there, text that is compared with < or >, numbers that are
  /// compared with text
  std::vector<bool> holds(const Columns& columns, std::size_t rows, const std::string& where,
                          const std::vector<std::string>& available) const;
  /// Values that it asks for and that their columns never have, with the nearest that they do: "; 'NUON' is
  /// no value of upos (did you mean 'NOUN'?)"; empty when there is none.
  std::string unknown_values(const Columns& columns) const;

  struct Node;

 private:
  std::string text_;
  std::unique_ptr<Node> root_;
  std::vector<std::string> columns_;
};

}  // namespace neurox::label

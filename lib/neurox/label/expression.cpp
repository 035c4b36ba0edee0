#include "neurox/label/expression.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/number_text.h"

namespace neurox::label {

struct Expression::Node {
  enum class Kind { Or, And, Not, Is, In, Less, LessEqual, Greater, GreaterEqual };
  Kind kind;
  std::vector<std::unique_ptr<Node>> parts = {};  ///< Or, And, Not
  std::string column = {};
  std::vector<std::string> values = {};  ///< Is: none; In: one or more
  double bound = 0;
};

namespace {

using Node = Expression::Node;
using Kind = Node::Kind;

/// A part of the expression; `quoted` ones are never keywords.
struct Lexeme {
  std::string text;
  std::size_t at;
  bool quoted = false;
  bool sign = false;  ///< one of ( ) { } , = != < <= > >=
};

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) { split(); }

  std::unique_ptr<Node> parse(std::vector<std::string>& columns) {
    columns_ = &columns;
    auto root = either();
    if (next_ < parts_.size()) throw unexpected("'and', 'or' or the end");
    return root;
  }

 private:
  Error unexpected(const char* expected) const {
    if (next_ == parts_.size())
      return usage_error("condition '{}': ends where {} should stand", text_, expected);
    return usage_error("condition '{}': '{}' at character {} where {} should stand", text_,
                       parts_[next_].text, parts_[next_].at + 1, expected);
  }

  void split() {
    constexpr std::string_view ends = " \t\n(){},=!<>'\"";
    for (std::size_t at = 0; (at = text_.find_first_not_of(" \t\n", at)) != std::string::npos;) {
      const char c = text_[at];
      std::size_t end = at + 1;
      if (c == '\'' || c == '"') {
        end = text_.find(c, at + 1);
        if (end == std::string::npos)
          throw usage_error("condition '{}': the quote at character {} is never closed", text_, at + 1);
        parts_.push_back({text_.substr(at + 1, end - at - 1), at, true, false});
        ++end;
      } else if (ends.find(c) != std::string_view::npos) {
        if ((c == '!' || c == '<' || c == '>') && end < text_.size() && text_[end] == '=') ++end;
        parts_.push_back({text_.substr(at, end - at), at, false, true});
        if (parts_.back().text == "!") throw usage_error("condition '{}': '!' alone; say 'not'", text_);
      } else {
        end = std::min(text_.find_first_of(ends, at), text_.size());
        parts_.push_back({text_.substr(at, end - at), at, false, false});
      }
      at = end;
    }
  }

  bool take(std::string_view word) {
    if (next_ == parts_.size() || parts_[next_].quoted || parts_[next_].text != word) return false;
    ++next_;
    return true;
  }

  std::string word(const char* expected) {
    const bool keyword = next_ < parts_.size() && !parts_[next_].quoted &&
                         (parts_[next_].text == "and" || parts_[next_].text == "or" ||
                          parts_[next_].text == "not" || parts_[next_].text == "in");
    if (next_ == parts_.size() || parts_[next_].sign || keyword) throw unexpected(expected);
    return parts_[next_++].text;
  }

  std::unique_ptr<Node> joined(Kind kind, const char* keyword, std::unique_ptr<Node> (Parser::*part)()) {
    auto first = (this->*part)();
    if (next_ == parts_.size() || parts_[next_].quoted || parts_[next_].text != keyword) return first;
    auto node = std::make_unique<Node>(Node{kind});
    node->parts.push_back(std::move(first));
    while (take(keyword)) node->parts.push_back((this->*part)());
    return node;
  }

  std::unique_ptr<Node> either() { return joined(Kind::Or, "or", &Parser::both); }
  std::unique_ptr<Node> both() { return joined(Kind::And, "and", &Parser::negation); }

  static std::unique_ptr<Node> negated(std::unique_ptr<Node> part) {
    auto node = std::make_unique<Node>(Node{Kind::Not});
    node->parts.push_back(std::move(part));
    return node;
  }

  std::unique_ptr<Node> negation() {
    if (take("not")) return negated(negation());
    if (!take("(")) return test();
    auto inner = either();
    if (!take(")")) throw unexpected("')'");
    return inner;
  }

  std::unique_ptr<Node> test() {
    auto node = std::make_unique<Node>(Node{Kind::Is});
    node->column = word("a column");
    if (std::find(columns_->begin(), columns_->end(), node->column) == columns_->end())
      columns_->push_back(node->column);
    if (take("=") || take("!=")) {
      const bool differs = parts_[next_ - 1].text == "!=";
      node->kind = Kind::In;
      node->values.push_back(word("a value"));
      return differs ? negated(std::move(node)) : std::move(node);
    }
    if (take("in")) {
      node->kind = Kind::In;
      if (!take("{")) throw unexpected("'{'");
      do node->values.push_back(word("a value"));
      while (take(","));
      if (!take("}")) throw unexpected("',' or '}'");
      return node;
    }
    node->kind = take("<=")   ? Kind::LessEqual
                 : take("<")  ? Kind::Less
                 : take(">=") ? Kind::GreaterEqual
                 : take(">")  ? Kind::Greater
                              : Kind::Is;
    if (node->kind == Kind::Is) return node;
    node->bound = io::number_in(word("a number"));
    if (std::isnan(node->bound)) {
      --next_;
      throw unexpected("a number");
    }
    return node;
  }

  const std::string& text_;
  std::vector<Lexeme> parts_;
  std::size_t next_ = 0;
  std::vector<std::string>* columns_ = nullptr;
};

bool is_text(const io::Column& column) {
  return std::holds_alternative<io::Categorical>(column.data) ||
         std::holds_alternative<std::vector<std::string>>(column.data);
}

/// One column as a table, for its conversions.
io::Table table_of(const io::Column& column) {
  io::Table table;
  table.rows = static_cast<std::int64_t>(column.size());
  table.columns.push_back(column);
  return table;
}

/// Evaluates an expression over all rows.
struct Evaluation {
  const Expression::Columns& find;
  std::size_t rows;
  const std::string& where;
  const std::vector<std::string>& available;

  const io::Column& column(const std::string& name) const {
    if (const io::Column* found = find(name)) return *found;
    throw input_error("{}: no column '{}'{}; it has {}", where, name, did_you_mean(name, available),
                      fmt::join(available, ", "));
  }

  std::vector<bool> is_one_of(const io::Column& column, const std::vector<std::string>& values) const {
    std::vector<bool> out(rows);
    if (is_text(column)) {
      const io::Categorical all = table_of(column).categories(column.name, where);
      std::vector<bool> wanted;
      for (const std::string& category : all.categories)
        wanted.push_back(std::find(values.begin(), values.end(), category) != values.end());
      for (std::size_t i = 0; i < rows; ++i)
        out[i] = all.codes[i] >= 0 && wanted[static_cast<std::size_t>(all.codes[i])];
      return out;
    }
    std::vector<double> wanted;
    for (const std::string& value : values) {
      wanted.push_back(io::number_in(value));
      if (std::isnan(wanted.back()))
        throw input_error("{}: '{}' holds numbers, and '{}' is none", where, column.name, value);
    }
    const std::vector<double> numbers = table_of(column).numbers(column.name, where);
    for (std::size_t i = 0; i < rows; ++i)
      out[i] = std::find(wanted.begin(), wanted.end(), numbers[i]) != wanted.end();
    return out;
  }

  std::vector<double> numbers(const io::Column& column) const {
    if (!is_text(column)) return table_of(column).numbers(column.name, where);
    std::vector<double> out;
    for (const std::string& text : table_of(column).strings(column.name, where)) {
      out.push_back(io::number_in(text));
      if (!text.empty() && std::isnan(out.back()))
        throw input_error("{}: '{}' holds text ('{}'): it is not less or greater than a number", where,
                          column.name, text);
    }
    return out;
  }

  std::vector<bool> compared(const Node& node) const {
    const std::vector<double> x = numbers(column(node.column));
    std::vector<bool> out(rows);
    for (std::size_t i = 0; i < rows; ++i)
      out[i] = node.kind == Kind::Less        ? x[i] < node.bound
               : node.kind == Kind::LessEqual ? x[i] <= node.bound
               : node.kind == Kind::Greater   ? x[i] > node.bound
                                              : x[i] >= node.bound;
    return out;
  }

  std::vector<bool> operator()(const Node& node) const {
    switch (node.kind) {
      case Kind::Is:
        return is_one_of(column(node.column), {node.column});
      case Kind::In:
        return is_one_of(column(node.column), node.values);
      case Kind::Not: {
        std::vector<bool> out = (*this)(*node.parts[0]);
        out.flip();
        return out;
      }
      case Kind::And:
      case Kind::Or: {
        std::vector<bool> out = (*this)(*node.parts[0]);
        for (std::size_t p = 1; p < node.parts.size(); ++p) {
          const std::vector<bool> part = (*this)(*node.parts[p]);
          for (std::size_t i = 0; i < rows; ++i)
            out[i] = node.kind == Kind::And ? out[i] && part[i] : out[i] || part[i];
        }
        return out;
      }
      default:
        return compared(node);
    }
  }
};

/// Adds what `node` asks for and its column never has.
void find_unknown(const Node& node, const Expression::Columns& find, std::vector<std::string>& unknown) {
  for (const auto& part : node.parts) find_unknown(*part, find, unknown);
  const io::Column* column = node.kind == Kind::In ? find(node.column) : nullptr;
  if (column == nullptr || !is_text(*column)) return;
  const std::vector<std::string> known = table_of(*column).categories(node.column, "").categories;
  for (const std::string& value : node.values)
    if (std::find(known.begin(), known.end(), value) == known.end())
      unknown.push_back(
          fmt::format("'{}' is no value of {}{}", value, node.column, did_you_mean(value, known)));
}

}  // namespace

Expression::Expression(std::string text) : text_(std::move(text)) {
  root_ = Parser(text_).parse(columns_);
}
Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;

std::vector<bool> Expression::holds(const Columns& columns, std::size_t rows, const std::string& where,
                                    const std::vector<std::string>& available) const {
  return Evaluation{columns, rows, where, available}(*root_);
}

std::string Expression::unknown_values(const Columns& columns) const {
  std::vector<std::string> unknown;
  find_unknown(*root_, columns, unknown);
  return unknown.empty() ? std::string() : fmt::format("; {}", fmt::join(unknown, "; "));
}

}  // namespace neurox::label

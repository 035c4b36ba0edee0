#include "neurox/model/script_graph.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/script.h>

#include <exception>
#include <optional>
#include <sstream>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

namespace jit = torch::jit;
namespace fs = std::filesystem;

/// Who listens to the pass that this thread runs. An exception cannot cross the interpreter with its type,
/// so it is kept here.
struct Listening {
  const ScriptGraph::Tap* tap;
  const ScriptGraph::CellTap* cells;
  std::exception_ptr error;
};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): an operator is a free function.
thread_local Listening* listening = nullptr;

void run_tap(jit::Stack& stack) {
  const std::string path = jit::pop(stack).toStringRef();
  if (listening == nullptr) return;
  try {
    stack.back() = (*listening->tap)(path, std::move(stack.back()));
  } catch (...) {
    listening->error = std::current_exception();
    throw;
  }
}

/// aten::lstm or aten::gru on tensors that are not packed, with the module's path behind their arguments.
void run_cells(jit::Stack& stack, CellKind kind) {
  RecurrentCall call;
  call.kind = kind;
  call.path = jit::pop(stack).toStringRef();
  call.words_second = jit::pop(stack).toBool();
  call.bidirectional = jit::pop(stack).toBool();
  jit::drop(stack, 2);  // training, dropout
  call.layers = jit::pop(stack).toInt();
  call.biases = jit::pop(stack).toBool();
  call.parameters = jit::pop(stack).toTensorVector();
  if (kind == CellKind::Lstm)
    call.states = jit::pop(stack).toTensorVector();
  else
    call.states = {jit::pop(stack).toTensor()};
  call.input = jit::pop(stack).toTensor();
  try {
    const bool ours = listening != nullptr && call.is_known();
    for (torch::Tensor& x : ours ? (*listening->cells)(call) : call.by_torch())
      jit::push(stack, std::move(x));
  } catch (...) {
    if (listening != nullptr) listening->error = std::current_exception();
    throw;
  }
}

/// LibTorch keeps one table of operators for the process.
const jit::RegisterOperators registered({
    jit::Operator("neurox::tap(t x, str path) -> t", run_tap, c10::AliasAnalysisKind::CONSERVATIVE),
    jit::Operator(
        "neurox::lstm(Tensor x, Tensor[] hx, Tensor[] params, bool biases, int layers, float dropout, "
        "bool train, bool bidirectional, bool batch_first, str path) -> (Tensor, Tensor, Tensor)",
        [](jit::Stack& stack) { run_cells(stack, CellKind::Lstm); }, c10::AliasAnalysisKind::CONSERVATIVE),
    jit::Operator(
        "neurox::gru(Tensor x, Tensor hx, Tensor[] params, bool biases, int layers, float dropout, "
        "bool train, bool bidirectional, bool batch_first, str path) -> (Tensor, Tensor)",
        [](jit::Stack& stack) { run_cells(stack, CellKind::Gru); }, c10::AliasAnalysisKind::CONSERVATIVE),
});

/// The path by which a value was got from the root module.
std::optional<std::string> path_of(const jit::Value* value, const jit::Value* root) {
  if (value == root) return std::string();
  const jit::Node* node = value->node();
  if (node->kind() != c10::prim::GetAttr) return std::nullopt;
  std::optional<std::string> path = path_of(node->input(0), root);
  if (path) *path += (path->empty() ? "" : ".") + node->s(c10::attr::name);
  return path;
}

/// Of a value that holds a module's weights: the module's path.
std::optional<std::string> owner_of(const jit::Value* weights, const jit::Value* root) {
  const jit::Node* node = weights->node();
  if (node->kind() == c10::prim::ListConstruct && !node->inputs().empty()) weights = node->input(0);
  std::optional<std::string> path = path_of(weights, root);
  const std::size_t dot = path ? path->rfind('.') : std::string::npos;
  if (dot == std::string::npos) return std::nullopt;
  return path->substr(0, dot);
}

/// Puts our operator in the place of an LSTM's or GRU's; false where it is none, or of packed sentences.
bool replace_cells(jit::Graph& graph, jit::Node* node, const jit::Value* root) {
  const bool lstm = node->kind() == c10::aten::lstm;
  if ((!lstm && node->kind() != c10::aten::gru) || node->schema().overload_name() != "input") return false;
  const std::optional<std::string> path = owner_of(node->input(2), root);
  if (!path) return false;
  const jit::WithInsertPoint here(node);
  std::vector<jit::Value*> inputs(node->inputs().begin(), node->inputs().end());
  inputs.push_back(graph.insertConstant(*path));
  jit::Node* ours = graph.create(c10::Symbol::fromQualString(lstm ? "neurox::lstm" : "neurox::gru"), inputs,
                                 node->outputs().size());
  for (std::size_t i = 0; i < node->outputs().size(); ++i) ours->output(i)->setType(node->output(i)->type());
  graph.insertNode(ours);
  node->replaceAllUsesWith(ours);
  return true;
}

/// Inlines every call of a method, with a tap behind those that are a submodule's forward.
void flatten(jit::Graph& graph, jit::Block* block, const jit::Value* root) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    jit::Node* node = *it;
    const auto type = node->kind() == c10::prim::CallMethod ? node->input(0)->type()->cast<c10::ClassType>()
                                                            : c10::ClassTypePtr();
    if (type) {
      const std::string& method = node->s(c10::attr::name);
      const std::optional<std::string> path = path_of(node->input(0), root);
      if (path && !path->empty() && type->is_module() && method.starts_with("forward")) {
        const jit::WithInsertPoint here(node->next());
        jit::Value* name = graph.insertConstant(*path);
        jit::Node* tap = graph.create(c10::Symbol::fromQualString("neurox::tap"), {node->output(), name}, 1);
        tap->output()->setType(node->output()->type());
        graph.insertNode(tap);
        node->output()->replaceAllUsesAfterNodeWith(tap, tap->output());
      }
      if (jit::GraphFunction* called = jit::tryToGraphFunction(type->getMethod(method))) {
        jit::Node* before = node->prev();  // the call itself is gone afterwards
        jit::inlineCallTo(node, called, called->graph().get());
        it = ++before->iterator();
        continue;
      }
    }
    for (jit::Block* inner : node->blocks()) flatten(graph, inner, root);
    ++it;
    if (replace_cells(graph, node, root)) node->destroy();
  }
}

/// The first sentence of a line, which LibTorch likes to explain at length.
std::string first_sentence(const std::string& line) {
  return line.substr(0, line.find(". "));
}

/// The line of an interpreter's report that says what went wrong.
std::string reason(const std::string& report) {
  std::istringstream lines(report);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("RuntimeError: ") || line.starts_with("Error: "))
      return first_sentence(line.substr(line.find(' ') + 1));
    if (found.empty() && !line.empty()) found = line;
  }
  return first_sentence(found);
}

void refuse_without_modules(const jit::Module& module, const fs::path& file) {
  if (module.named_children().size() > 0) return;
  if (module.parameters().size() == 0)
    throw input_error(
        "{}: no inner modules are left, so there is nothing to look at: the file is frozen "
        "(torch.jit.freeze) or holds no layers; save it unfrozen: "
        "torch.jit.script(model.eval()).save(...)",
        file.string());
  throw input_error(
      "{}: a module without inner modules: it has weights but no layer that is a module of its own; make "
      "layers submodules (nn.Embedding, nn.Linear, ...) and export it again",
      file.string());
}

}  // namespace

struct ScriptGraph::State {
  std::string file;
  jit::Module module;
  std::shared_ptr<jit::Graph> graph;
  std::optional<jit::Code> code;
  std::vector<Argument> arguments;

  /// Nothing where the path is no module's (a site inside a recurrent layer).
  std::optional<jit::Module> submodule(const std::string& path) const {
    jit::Module at = module;
    std::istringstream names(path);
    for (std::string name; std::getline(names, name, '.');) {
      if (!at.hasattr(name) || !at.attr(name).isModule()) return std::nullopt;
      at = at.attr(name).toModule();
    }
    return at;
  }
};

ScriptGraph::ScriptGraph(const fs::path& file, torch::Device device) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.file = file.string();
  try {
    s.module = jit::load(s.file, device);
  } catch (const std::exception& e) {
    throw input_error(
        "{}: no TorchScript file ({}); write one with torch.jit.script(model.eval()).save(...) or "
        "torch.jit.trace",
        s.file, reason(e.what()));
  }
  refuse_without_modules(s.module, file);
  s.module.eval();
  for (torch::Tensor parameter : s.module.parameters()) parameter.set_requires_grad(false);
  const auto forward = s.module.find_method("forward");
  if (!forward) throw input_error("{}: the module has no method forward", s.file);
  const auto& arguments = forward->function().getSchema().arguments();
  for (std::size_t i = 1; i < arguments.size(); ++i)
    s.arguments.push_back(
        {arguments[i].name(),
         arguments[i].type()->isSubtypeOf(*c10::OptionalType::create(c10::TensorType::get())),
         arguments[i].default_value().has_value()});
  try {
    s.graph = jit::toGraphFunction(forward->function()).graph()->copy();
    flatten(*s.graph, s.graph->block(), s.graph->inputs()[0]);
    s.graph->lint();
    s.code.emplace(s.graph, "neurox");
  } catch (const std::exception& e) {
    throw input_error("{}: its forward cannot be taken apart ({})", s.file, reason(e.what()));
  }
}

ScriptGraph::~ScriptGraph() = default;
ScriptGraph::ScriptGraph(ScriptGraph&&) noexcept = default;

const std::vector<ScriptGraph::Argument>& ScriptGraph::arguments() const {
  return state_->arguments;
}

c10::IValue ScriptGraph::run(std::vector<c10::IValue> inputs, const Tap& tap, const CellTap& cells) const {
  jit::Stack stack{state_->module._ivalue()};
  for (c10::IValue& input : inputs) stack.push_back(std::move(input));
  Listening here{&tap, &cells, nullptr};
  struct Restore {
    Listening* before;
    ~Restore() { listening = before; }
  } const restore{std::exchange(listening, &here)};
  try {
    jit::InterpreterState(*state_->code).run(stack);
  } catch (const std::exception& e) {
    if (here.error) std::rethrow_exception(here.error);
    throw numeric_error("{}: forward: {}", state_->file, reason(e.what()));
  }
  return stack.back();
}

torch::Tensor ScriptGraph::table_of(const std::string& path) const {
  const std::optional<jit::Module> module = state_->submodule(path);
  if (!module || !module->hasattr("weight") || !module->attr("weight").isTensor()) return {};
  const torch::Tensor weight = module->attr("weight").toTensor();
  return weight.dim() == 2 ? weight : torch::Tensor();
}

torch::Tensor first_tensor(const c10::IValue& value) {
  if (value.isTensor()) return value.toTensor();
  if (value.isTuple() && !value.toTupleRef().elements().empty())
    return first_tensor(value.toTupleRef().elements()[0]);
  if (value.isGenericDict()) {
    const auto dict = value.toGenericDict();
    if (const auto it = dict.find("logits"); it != dict.end()) return first_tensor(it->value());
  }
  return {};
}

c10::IValue with_first_tensor(const c10::IValue& value, const torch::Tensor& x) {
  if (!value.isTuple()) return x;
  auto elements = value.toTupleRef().elements().vec();
  elements[0] = with_first_tensor(elements[0], x);
  return c10::ivalue::Tuple::create(std::move(elements));
}

}  // namespace neurox::model

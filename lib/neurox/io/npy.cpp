#include "neurox/io/npy.h"

#include <cstring>
#include <regex>
#include <string>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/float16.h"
#include "neurox/text/json_reader.h"

namespace neurox::io {
namespace {

template <class Number>
Number number_at(const std::string& bytes, std::size_t at) {
  Number x;
  std::memcpy(&x, bytes.data() + at, sizeof x);
  return x;
}

float value_at(const std::string& bytes, std::size_t at, char kind) {
  if (kind == '2') return half_to_float_plain(number_at<std::uint16_t>(bytes, at));
  return kind == '4' ? number_at<float>(bytes, at) : static_cast<float>(number_at<double>(bytes, at));
}

}  // namespace

MatrixF read_npy(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw input_error("{}: no such file", path.string());
  const std::string bytes = text::read_file(path.string());
  if (bytes.size() < 12 || !bytes.starts_with("\x93NUMPY"))
    throw input_error("{}: no array of NumPy; write one with numpy.save", path.string());
  const bool wide = bytes[6] != 1;
  const std::size_t begin = wide ? 12 : 10;
  const std::size_t size = wide ? number_at<std::uint32_t>(bytes, 8) : number_at<std::uint16_t>(bytes, 8);
  if (size > bytes.size() - begin) throw input_error("{}: ends inside its header", path.string());
  const std::string header = bytes.substr(begin, size);
  std::smatch type, shape;
  if (!std::regex_search(header, type, std::regex("'descr': *'<f([248])'")) ||
      !std::regex_search(header, shape, std::regex(R"('shape': *\(([0-9]+),?(?: *([0-9]+),?)?\))")))
    throw input_error(
        "{}: float16, float32 or float64 in one or two dimensions is expected, the header is {}",
        path.string(), header.substr(0, header.find('\n')));
  const bool flat = !shape[2].matched, fortran = header.find("'fortran_order': True") != std::string::npos;
  const char kind = *type[1].first;
  const auto width = static_cast<std::size_t>(kind - '0');
  const std::size_t data = bytes.size() - begin - size;
  std::size_t rows = 1, columns = 0;
  try {
    columns = std::stoull(flat ? shape[1].str() : shape[2].str());
    if (!flat) rows = std::stoull(shape[1].str());
  } catch (const std::out_of_range&) {
    columns = 0;
  }
  if (rows == 0 || columns == 0 || data / width / rows != columns || data % (width * rows) != 0)
    throw input_error("{}: {} bytes of data do not fit its shape ({})", path.string(), data, shape[0].str());
  MatrixF out(static_cast<Index>(rows), static_cast<Index>(columns));
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      out(static_cast<Index>(r), static_cast<Index>(c)) =
          value_at(bytes, begin + size + width * (fortran ? c * rows + r : r * columns + c), kind);
  if (!out.allFinite()) throw input_error("{}: a number is not finite", path.string());
  return out;
}

}  // namespace neurox::io

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <regex>

#include "neurox/report/render_page.h"
#include "report/sample_methods.h"
#include "report/sample_report.h"
#include "support.h"

/// The page in a real browser: CHROMIUM, or chromium on the PATH; skipped where there is none.
/// NEUROX_REPORT_SHOTS keeps screenshots.
namespace neurox {
namespace {

using ::testing::HasSubstr;

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 65536> block{};
  for (std::size_t n; (n = fread(block.data(), 1, block.size(), pipe)) > 0;) out.append(block.data(), n);
  pclose(pipe);
  return out;
}

std::string browser() {
  if (const char* path = std::getenv("CHROMIUM"); path != nullptr && *path != '\0') return path;
  std::string path =
      output_of("command -v chromium || command -v chromium-browser || command -v google-chrome");
  while (!path.empty() && path.back() == '\n') path.pop_back();
  return path;
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

class Browser : public ::testing::Test {
 protected:
  testing::TempFolder folder;
  std::string chromium = browser();
  ReportData data = testing::SampleReport().data;

  void SetUp() override {
    data.methods = testing::sample_methods();
    if (chromium.empty()) GTEST_SKIP() << "no chromium here; set CHROMIUM to one";
    write("page.html", render_page(data));
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::string run(const std::string& what, const std::string& file) const {
    return output_of(
        fmt::format("timeout 60 '{}' --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
                    "--disable-background-networking "
                    "--disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=20000 "
                    "--user-data-dir='{}' {} 'file://{}' 2>'{}'",
                    chromium, (folder / "profile").string(), what, (folder / file).string(),
                    (folder / "stderr").string()));
  }
  std::string dom(const std::string& flags = "--window-size=1100,900") const {
    return run(flags + " --dump-dom", "page.html");
  }
  /// An element's drawing as it stands in the DOM.
  static std::string chart(const std::string& dom, const std::string& id) {
    const std::size_t from = dom.find("id=\"" + id + "\"");
    return from == std::string::npos ? "" : dom.substr(from, dom.find("</svg>", from) - from);
  }
  /// The start tag of <html>, where the page tells its state.
  static std::string state(const std::string& dom) {
    const std::size_t from = dom.find("<html");
    return from == std::string::npos ? "no page" : dom.substr(from, dom.find('>', from) - from);
  }
  static bool has(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
  }
  /// How many marks of a name Vega drew.
  static std::size_t marks(const std::string& svg, const std::string& group) {
    return elements(svg, group, "<path ");
  }
  static std::size_t elements(const std::string& svg, const std::string& group, const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = svg.find(group); at != std::string::npos; at = svg.find(group, at + 1)) {
      const std::size_t end = svg.find("</g>", at);
      n += occurrences(svg.substr(at, end - at), what);
    }
    return n;
  }
};

TEST_F(Browser, DrawsEveryChartWithAllItsMarks) {
  const std::string html = dom();
  ASSERT_THAT(state(html), HasSubstr("data-status=\"ready\""));
  EXPECT_THAT(state(html), ::testing::Not(HasSubstr("data-errors")));
  EXPECT_THAT(state(html), HasSubstr("data-overflow=\"0\""));
  const std::size_t from = html.find("id=\"charts\">") + 12;
  const auto charts = nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
  ASSERT_EQ(charts.size(), 49U);
  for (const auto& [id, c] : charts.items()) {
    const std::string svg = chart(html, id), kind = c["kind"];
    std::size_t points = c.contains("values") ? c["values"].size() : 0;
    if (c.contains("merges")) points += c["merges"].size();
    if (c.contains("series"))
      for (const auto& s : c["series"]) points += s["points"].size();
    const char* group = kind == "lines" || kind == "dots" ? "mark-symbol role-mark point"
                        : kind == "bars"                  ? "mark-rect role-mark bar"
                        : kind == "dendrogram"            ? "mark-path role-mark arch"
                                                          : "mark-rect role-mark cell";
    EXPECT_EQ(marks(svg, group), points) << id << " " << c["title"];
    if (kind == "lines") {
      EXPECT_EQ(occurrences(svg, "mark-line role-mark curve"), c["series"].size()) << id;
    }
    std::size_t levels = 0, intervals = 0;
    if (kind == "bars")
      for (const auto& s : c["series"])
        for (const auto& p : s["points"]) {
          if (p.contains("level")) ++levels;
          if (p.contains("lo")) ++intervals;
        }
    EXPECT_EQ(marks(svg, "mark-rect role-mark level"), levels) << id;
    EXPECT_EQ(elements(svg, "mark-rule role-mark interval", "<line "), intervals) << id;
    EXPECT_TRUE(has(svg, c["x"]["title"].get<std::string>().substr(0, 12))) << id;
    EXPECT_EQ(svg.find("NaN"), std::string::npos) << id;
  }
}

TEST_F(Browser, TicksOfSmallSharesDifferAndFarPerplexitiesStandOnALogarithmicAxis) {
  AblationFindings a;
  a.file = "a.h5ad", a.model = "m";
  a.measures = {"accuracy", "perplexity"};
  const auto add = [&](const char* group, double share, std::vector<double> values, const char* name = "") {
    AblationRow r;
    r.group = group, r.share = share, r.target = "model", r.class_name = name;
    r.operation = r.group == "none" ? "none" : "zero";
    r.values = std::move(values);
    a.rows.push_back(r);
  };
  add("none", 0, {.9, 6}), add("none", 0, {.9, 6}, "NOUN");
  add("top", .01, {.89, 60}), add("top", .05, {.88, 1112}), add("top", .05, {.89, 9}, "NOUN");
  ReportData small;
  small.ablations.push_back(a);
  write("small.html", render_page(small));
  const std::string html = run("--window-size=1100,900 --dump-dom", "small.html");
  EXPECT_TRUE(has(html, ">+0.5%<")) << "the legend of a change of one percentage point";
  EXPECT_TRUE(has(html, ">1000<"));
  EXPECT_TRUE(has(html, ">10<"));
}

TEST_F(Browser, TextOfTheDataStaysText) {
  const std::string html = dom();
  EXPECT_TRUE(has(html, ">&lt;/script&gt;</span>"));
  EXPECT_FALSE(has(html, "<was>"));
}

TEST_F(Browser, FitsAPhone) {
  // A window cannot be narrower than about 500 pixels, a frame can.
  std::string page = render_page(data), literal = nlohmann::json(page).dump();
  literal = std::regex_replace(literal, std::regex("</script"), "<\\/script");
  literal = std::regex_replace(literal, std::regex("<!--"), "<\\u0021--");
  write("frame.html",
        "<!doctype html><html><body style=\"margin:0\"><iframe style=\"border:0\" width=390 "
        "height=36000></iframe><pre id=told></pre><script>\n"
        "const f = document.querySelector('iframe'); f.srcdoc = " +
            literal +
            ";\n"
            "const wait = setInterval(() => { const r = f.contentDocument?.documentElement; if "
            "(r?.dataset.status === 'drawing' || !r?.dataset.status) return;\n"
            "clearInterval(wait); const wide = [...r.querySelectorAll('main *')].filter((e) => "
            "!e.closest('.scroll') && e.getBoundingClientRect().right > 390.5 && !e.closest('svg'));\n"
            "document.getElementById('told').textContent = [r.dataset.status, r.scrollWidth, wide.length, "
            "r.querySelectorAll('.chart svg').length].join(' '); }, 100);\n"
            "</script></body></html>");
  const std::string html = run("--window-size=600,900 --dump-dom", "frame.html");
  const std::size_t told = html.rfind("<pre id=\"told\">");
  ASSERT_NE(told, std::string::npos);
  EXPECT_EQ(html.substr(told + 15, html.find('<', told + 15) - told - 15), "ready 390 0 49");
  if (const char* shots = std::getenv("NEUROX_REPORT_SHOTS"))
    run(fmt::format("--window-size=500,20000 --screenshot='{}/phone.png'", shots), "frame.html");
}

TEST_F(Browser, FollowsTheDarkTheme) {
  const std::string light = dom(),
                    night = dom("--window-size=1100,900 --blink-settings=preferredColorScheme=0");
  ASSERT_THAT(state(night), HasSubstr("data-status=\"ready\""));
  EXPECT_TRUE(has(chart(light, "chart-1"), "#0072b2"));
  EXPECT_TRUE(has(chart(night, "chart-1"), "#56b4e9"));
  if (const char* shots = std::getenv("NEUROX_REPORT_SHOTS")) {
    run(fmt::format("--window-size=1100,14000 --screenshot='{}/light.png'", shots), "page.html");
    run(fmt::format(
            "--window-size=1100,14000 --blink-settings=preferredColorScheme=0 --screenshot='{}/dark.png'",
            shots),
        "page.html");
  }
}

TEST_F(Browser, Prints) {
  run(fmt::format("--print-to-pdf='{}'", (folder / "page.pdf").string()), "page.html");
  std::ifstream in(folder / "page.pdf", std::ios::binary);
  const std::string pdf((std::istreambuf_iterator<char>(in)), {});
  ASSERT_TRUE(pdf.starts_with("%PDF"));
  const std::size_t pages =
      occurrences(pdf, "/Type /Page\n") + occurrences(pdf, "/Type /Page ") + occurrences(pdf, "/Type /Page/");
  EXPECT_GE(pages, 4U);
  if (const char* shots = std::getenv("NEUROX_REPORT_SHOTS"))
    std::filesystem::copy_file(folder / "page.pdf", std::string(shots) + "/page.pdf",
                               std::filesystem::copy_options::overwrite_existing);
}

TEST_F(Browser, FiltersNeuronsByKind) {
  std::string page = render_page(data);
  page.replace(page.find("</body>"), 7,
               "<script>document.querySelector('button[data-kind=constant]').click();</script></body>");
  write("page.html", page);
  const std::string html = dom();
  EXPECT_TRUE(has(html, "role=\"status\">3 of "));
}

}  // namespace
}  // namespace neurox

#pragma once

#include "console.h"
#include "course_frame.h"
#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"
#include "neurox/rank/course.h"

namespace neurox::apps {

/// Neurons over aligned sentences.
struct CourseFindings {
  CourseFrame frame;
  Course course;
  MatrixD between;  ///< #positions x #neurons: share of the variance between conditions
  NeuronAxis axis;
  VectorD reference;
  bool compared = false;  ///< with a base
};

/// obs: a row per condition and position; var: neurons with their `reference`; X: means; layers and
/// uns/separation as docs/methods/unit-course.md says.
/// @param var  the neurons with their statistics
io::AnnData course_file(const CourseFindings& found, io::Table var);

/// Text: each neuron's lines and tables. JSON: `courses`, `separation` and, with a base, `changes`, of all.
void show_course(Console& console, const CourseFindings& found, bool json);

}  // namespace neurox::apps

# Single cells of a character model, as Karpathy, Johnson and Fei-Fei looked for them.

lstm := $(models)/lstm-lm-warpeace
novel := $(data)/war-and-peace/warpeace_input.txt

# Paragraphs as a table, their line breaks kept: $(1) to $(2) per cent of the novel. The last twentieth is what the model was not trained on.
paragraphs = tr '\r' '\n' < $(novel) | awk -v begin=$(1) -v end=$(2) -v size=3196214 'BEGIN { RS = ""; print "text" } \
  { at += length($$0) + 2 } at >= size * begin / 100 && at < size * end / 100 { gsub(/"/, "\"\""); print "\"" $$0 "\"" }'
$(OUT)/war.read.csv: | $(OUT)
	$(call paragraphs,40,42.5) > $@
$(OUT)/war.new.csv: | $(OUT)
	$(call paragraphs,95.2,97.7) > $@
states := --text-column text --unit token --sites rnn.0.hook_c,rnn.0.hook_h,rnn.1.hook_c,rnn.1.hook_h
$(OUT)/war.read.json $(OUT)/war.new.json: %.json: %.csv
	$(NEUROX) extract $(lstm) $< $(states) --dtype f16 -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/war.read.labels.json $(OUT)/war.new.labels.json: %.labels.json: %.json
	$(NEUROX) label $*.h5ad --feature quoted,line_position --where 'late=line_position>=60' -o $(@:.json=.h5ad) $(FLAGS) > $@

# The unit is chosen on one stretch of the novel (high or low: by AUROC) and judged on the other.
define judged_cell
$(OUT)/$(1).chosen.json: $(OUT)/war.read.labels.json
	$(NEUROX) rank $(OUT)/war.read.h5ad --labels $(OUT)/war.read.labels.h5ad --label $(1) --method auroc -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).judged.json: $(OUT)/$(1).chosen.json $(OUT)/war.new.labels.json
	$(NEUROX) rank $(OUT)/war.new.h5ad --labels $(OUT)/war.new.labels.h5ad --label $(1) --method auroc,average-precision --bootstrap 500 --neurons "$$(call best,$$<)" -o '$(OUT)/$(1).judged.{method}.h5ad' $(FLAGS) > $$@
$(OUT)/$(1).negative.csv: $(OUT)/$(1).judged.json
	$(NEUROX) export $(OUT)/$(1).judged.average-precision.h5ad --layer of_negative -o $$@ --force --quiet > /dev/null
endef
$(foreach cell,quoted late,$(eval $(call judged_cell,$(cell))))

# Its trace: the first paragraphs of that stretch that hold a quotation and have 300 to 700 characters.
$(OUT)/war.trace.csv: $(OUT)/war.new.csv
	awk 'BEGIN { RS = "\"\n" } NR == 1 { sub(/^text\n/, ""); print "text" } length($$0) > 300 && length($$0) < 700 && match($$0, /""[^"]+""/) && RLENGTH > 44 && n++ < 3 { print $$0 "\"" }' $< > $@
$(OUT)/trace.csv: $(OUT)/war.trace.csv
	$(NEUROX) extract $(lstm) $< $(states) -o $(@:.csv=.h5ad) $(FLAGS) > $(@:.csv=.json)
	$(NEUROX) export $(@:.csv=.h5ad) -o $@ --force --quiet > /dev/null
$(eval $(call finding,quote-cell,$(lstm) $(novel),$(foreach cell,quoted late,$(OUT)/$(cell).judged.json $(OUT)/$(cell).negative.csv) $(OUT)/trace.csv))

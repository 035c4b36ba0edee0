# What models lose without neurons, and what they write when neurons are held at a value.

# ablation-order: neurons by a probe (what the text holds) and by the model (what its output uses); first, random and last twentieth.
ablated := --top 5% --bottom 5% --random 10
novel_lines := $(OUT)/novel.txt
$(novel_lines): | $(OUT)
	tr '\r' '\n' < $(novel) | tail -n 3000 | awk 'length($$0) > 50' | head -n 60 > $@

# Of the tagger the model's own ranking is what the loss of each unit alone costs, of the others conductance of the prediction.
$(OUT)/bilstm.own.json: $(OUT)/bilstm.train.json
	$(NEUROX) ablate $(folder_bilstm) $(ewt_train) --limit 150 --neurons '$(sites_bilstm)' --each --as-ranking --effect confidence_drop -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/bilstm.lost.json: $(OUT)/bilstm.own.json $(OUT)/bilstm.upos.rank.json
	$(NEUROX) ablate $(folder_bilstm) $(ewt_dev) --limit 300 --ranking $(OUT)/bilstm.upos.rank.h5ad --ranking $(OUT)/bilstm.own.h5ad $(ablated) -o $(@:.json=.h5ad) $(FLAGS) > $@

$(OUT)/minilm-sst2.own.json: | $(OUT)
	$(NEUROX) attribute $(folder_minilm-sst2) $(sst_dev) --limit 60 --method conductance --steps 20 --tolerance 0 --sites $(sites_minilm-sst2) -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/minilm-sst2.lost.json: $(OUT)/minilm-sst2.own.json $(OUT)/minilm-sst2.upos.rank.json
	$(NEUROX) ablate $(folder_minilm-sst2) $(sst_test) --limit 300 --ranking $(OUT)/minilm-sst2.upos.rank.h5ad --ranking $(OUT)/minilm-sst2.own.h5ad $(ablated) -o $(@:.json=.h5ad) $(FLAGS) > $@

# SmolLM2's first word is spared: the attention sink that it holds is of another order of size than all else, and all means with it.
$(OUT)/smollm.own.json: | $(OUT)
	$(NEUROX) attribute $(smollm) $(ewt_dev) --limit 20 --method conductance --target next --steps 10 --tolerance 0 --sites $(sites_smollm) -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/smollm.lost.json: $(OUT)/smollm.own.json $(OUT)/smollm.upos.rank.json
	$(NEUROX) ablate $(smollm) $(ewt_dev) --limit 40 --ranking $(OUT)/smollm.upos.rank.h5ad --ranking $(OUT)/smollm.own.h5ad $(ablated) --positions 'position>0' --measure likelihood -o $(@:.json=.h5ad) $(FLAGS) > $@

$(OUT)/lstm.own.json: $(novel_lines)
	$(NEUROX) ablate $(lstm) $< --neurons rnn.0.hook_c,rnn.0.hook_h,rnn.1.hook_c,rnn.1.hook_h --limit 20 --each --as-ranking -o $(@:.json=.h5ad) $(FLAGS) > $@
$(OUT)/lstm.lost.json: $(OUT)/lstm.own.json $(OUT)/quoted.chosen.json
	$(NEUROX) ablate $(lstm) $(novel_lines) --ranking $(OUT)/quoted.chosen.h5ad --ranking $(OUT)/lstm.own.h5ad $(ablated) -o $(@:.json=.h5ad) $(FLAGS) > $@

# A class's own neurons: what its words lose, and what the words of all other classes do.
tags := ADJ ADP ADV AUX CCONJ DET NOUN NUM PART PRON PROPN PUNCT SCONJ VERB
define tag_of
$(OUT)/bilstm.$(1).lost.json: $(OUT)/bilstm.upos.rank.json
	$(NEUROX) ablate $(folder_bilstm) $(ewt_dev) --limit 300 --ranking $(OUT)/bilstm.upos.rank.h5ad --concept $(1) --top 5% -o $$(@:.json=.h5ad) $(FLAGS) > $$@
endef
$(foreach tag,$(tags),$(eval $(call tag_of,$(tag))))
lost := bilstm minilm-sst2 smollm lstm
# The loss of every sentence stands in a layer: of classifiers the confidence that is lost, of language models the log-likelihood.
layer_bilstm := confidence_drop
layer_minilm-sst2 := confidence_drop
layer_smollm := nll
layer_lstm := nll
define lost_of
$(OUT)/$(1).lost.csv: $(OUT)/$(1).lost.json
	$(NEUROX) export $$(<:.json=.h5ad) --layer $$(layer_$(1)) -o $$@ --force --quiet > /dev/null
endef
$(foreach name,$(lost),$(eval $(call lost_of,$(name))))
define tag_table
$(OUT)/bilstm.$(1).lost.csv: $(OUT)/bilstm.$(1).lost.json
	$(NEUROX) export $$(<:.json=.h5ad) -o $$@ --force --quiet > /dev/null
endef
$(foreach tag,$(tags),$(eval $(call tag_table,$(tag))))
$(eval $(call finding,ablation-order,$(folder_bilstm) $(folder_minilm-sst2) $(smollm) $(lstm) $(novel) $(ewt_train) $(sst_test),\
  $(foreach name,$(lost) $(tags:%=bilstm.%),$(OUT)/$(name).lost.csv)))

# switching: 0.05 and 0.5 % of the units of MLPs (23 and 230 of 46,080) held at their median where the concept is; 23 random ones beside them.
$(OUT)/prompts.txt: | $(OUT)
	printf '%s\n' 'The doctor said that' 'My friend told me that' 'When the teacher came home' 'The old man' 'The manager of the company' 'A student who' \
	  'Every morning the nurse' 'The neighbour next door' 'In the kitchen' 'The child in the garden' 'The president of the club' 'According to the lawyer' \
	  'The driver of the car' 'Somebody at the office' 'The author of this book' 'The new engineer' 'At the station' 'The singer on the stage' 'After the meeting' 'The owner of the shop' > $@
define switch_of
$(OUT)/$(1).switched.json: $(OUT)/smollm.$(1).experts.json $(OUT)/prompts.txt
	$(NEUROX) ablate $(smollm) $(OUT)/prompts.txt --ranking $(OUT)/smollm.$(1).experts.h5ad --concept $(1) --top 23,230 --random 1 --operation quantile=0.5 --quantiles-of $(OUT)/smollm.sentences.h5ad --where $(1)=$(1) --generate 20 --samples 3 --temperature 0.8 --top-p 0.9 --words '/$($(1))/' -o $$(@:.json=.h5ad) $(FLAGS) > $$@
$(OUT)/$(1).switched.csv: $(OUT)/$(1).switched.json
	$(NEUROX) export $$(<:.json=.h5ad) --table texts -o $$@ --force --quiet > /dev/null
endef
$(foreach concept,$(switched),$(eval $(call switch_of,$(concept))))
$(eval $(call finding,switching,$(smollm) $(ewt_train),$(foreach concept,$(switched),$(OUT)/$(concept).switched.json $(OUT)/$(concept).switched.csv)))

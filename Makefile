typing: ; @mkdir -p .typing/cuebook; for r in engine dsl actions playbooks cli web; do ln -sfn ../../$$r .typing/cuebook/$$r; done

.PHONY: grammar
# Compile the grammar to the table that the parser reads.
grammar: typing
	PYTHONPATH=.typing $${PYTHON:-python} -m cuebook.dsl.table

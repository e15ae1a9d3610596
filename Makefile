typing: ; @mkdir -p .typing/cuebook; for r in engine dsl actions playbooks cli web; do ln -sfn ../../$$r .typing/cuebook/$$r; done

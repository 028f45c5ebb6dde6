# make demo    所有准备工作，然后在本机演示全过程
# make test    所有准备工作，然后运行测试（约七分钟处理器时间）；较慢的几类（反复强行终止、带攻击内容的全部文书、LibreOffice 打开等）留给 make test-slow
# make test-sites  安装几种现成的网站程序（django-oscar、Pelican 等），只用站点文件巡查它们
# make crash-test  在 200 个随机时刻强行终止巡查，核对证据无一丢失（约半小时）
# make package-test  对证据包做 500 处随机改动，核对两种核验办法说法一致、都不执行包里的内容（约二十分钟）
# make setup   只做准备工作；make lint 检查代码；make lock 更新依赖的锁定版本
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
SITES := .venv-sites

.PHONY: demo test test-slow test-sites crash-test package-test setup lint lock browser compiled clean

demo: setup browser compiled
	@$(BIN)/patrol demo || [ $$? -eq 1 ] # 1: done, with something to look at

test: setup browser compiled
	@$(BIN)/python -m pytest -n 3 -m "not slow" # patrols and pages wait more than they work

test-slow: setup browser compiled
	@$(BIN)/python -m pytest -n 3 -m slow

crash-test: setup
	@PATROL_CRASH_POINTS=200 $(BIN)/python -m pytest -n 2 tests/patrols/test_crash.py

package-test: setup
	@PATROL_PACKAGE_EDITS=500 $(BIN)/python -m pytest -n 2 tests/packages/test_two_verifiers.py

# Whole sites of other makes live in an environment of their own: Django never enters the program's.
test-sites: setup browser $(SITES)/.stamp
	@$(BIN)/python -m pytest -n 2 tests/target_sites

$(SITES)/.stamp: tests/target_sites/requirements.txt | $(STAMPS)/packages
	@echo "── 安装供试用的网站程序（$(SITES)）"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SITES)
	@$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(SITES)/bin/python $<
	@touch $@

setup: $(STAMPS)/packages

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(STAMPS)/venv:
	@echo "── 建立 Python 环境（$(VENV)）"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本"; exit 2; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { bash .ci/system-packages python3-venv && $(PYTHON) -m venv $(VENV); } \
		|| { echo "建不了 Python 环境，请先安装 python3-venv 软件包"; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null
	@mkdir -p $(STAMPS) && touch $@

# The lock file names no host, so packages come from whatever index this machine is set up to use.
$(STAMPS)/packages: $(STAMPS)/venv uv.lock pyproject.toml
	@echo "── 安装锁定版本的程序库"
	@$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv export --frozen --quiet --all-groups --no-emit-project --output-file $(STAMPS)/requirements.txt
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip sync --compile-bytecode --require-hashes $(STAMPS)/requirements.txt
	@printf '#!/bin/sh\nexec "%s/python" -m patrol "$$@"\n' "$(abspath $(BIN))" > $(BIN)/patrol && chmod +x $(BIN)/patrol
	@echo "$(CURDIR)" > $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/patrol-checkout.pth
	@touch $@

browser: $(STAMPS)/browser

$(STAMPS)/browser: $(STAMPS)/packages
	@echo "── 查找浏览器和中文字体"
	@bash .ci/browser $(BIN)/python
	@touch $@

# Once, by one process: else every process that compares does it side by side with the others.
compiled: $(STAMPS)/compiled

$(STAMPS)/compiled: $(STAMPS)/packages $(wildcard fingerprints/*.py)
	@echo "── 编译比对程序（一次，约二十秒）"
	@$(BIN)/python -m fingerprints.compiled
	@touch $@

lock: $(STAMPS)/venv
	$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	$(BIN)/python .ci/lock.py $(BIN)/uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header tests/target_sites/requirements.in -o tests/target_sites/requirements.txt

clean:
	rm -rf $(VENV) $(SITES) demo-town

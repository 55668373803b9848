#!/bin/sh
# Makes a virtual environment and installs the library in it, editable, with what one task needs:
#
#     PYTHON=python3.12 scripts/install.sh .venv use|test|check [EXTRA,EXTRA]
#
# What is missing on the machine is said in one sentence, with the remedy. The Makefile calls this when pyproject.toml
# is younger than the stamp that stays behind; a stamp for more holds for less (whoever can check can test and use).
set -eu

venv=$1
task=$2
extras=${3:-}

stop() {
    printf 'inadimplencia_ml: %s\n' "$1" >&2
    exit 1
}

case $task in
    use) more='' holds='use' ;;
    test) more='test' holds='use test' ;;
    check) more='dev' holds='use test check' ;;
    *) stop "the task is one of use, test, check; got '$task'." ;;
esac
extras=$(printf '%s,%s' "$extras" "$more" | sed 's/^,*//; s/,*$//')

# --- a Python that runs, is neither too old nor too new, and can make environments ------------------------------------
# A name on the PATH proves little: version managers leave shims for versions that are not there.
runs() { "$1" -c '' >/dev/null 2>&1; }
fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; }
makes_environments() { "$1" -c 'import venv; from ensurepip import version' >/dev/null 2>&1; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

found='' unfit='' bare=''
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if ! runs "$candidate"; then continue; fi
    if ! fits "$candidate"; then unfit=${unfit:-$candidate}; continue; fi
    if ! makes_environments "$candidate"; then bare=${bare:-$candidate}; continue; fi
    found=$candidate
    break
done
if [ -z "$found" ]; then
    [ -z "$bare" ] || stop "$bare (Python $(version "$bare")) has no venv module; on Debian or Ubuntu 'sudo apt-get install python3-venv' brings it."
    [ -z "$unfit" ] || stop "$unfit is Python $(version "$unfit"), but 3.11, 3.12 or 3.13 is needed; say where one is with 'make ... PYTHON=/path/to/python3.12'."
    [ -z "${PYTHON:-}" ] || stop "'$PYTHON' is no Python that runs; name one of 3.11, 3.12 or 3.13."
    stop "no Python was found; install 3.11, 3.12 or 3.13 ('sudo apt-get install python3 python3-venv'), or say where one is with 'make ... PYTHON=/path/to/python3.12'."
fi

# --- LightGBM's wheel leans on the system's OpenMP runtime; told before minutes of downloading -------------------------
if [ "$(uname -s)" = Linux ]; then
    "$found" -c 'import ctypes; ctypes.CDLL("libgomp.so.1")' >/dev/null 2>&1 ||
        stop "the system library libgomp, which LightGBM needs, is missing; on Debian or Ubuntu 'sudo apt-get install libgomp1' brings it."
fi

# --- the environment, the library, the stamps -------------------------------------------------------------------------
python=$venv/bin/python
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "$python" -m pip --version >/dev/null 2>&1; then
    echo "Making $venv with $found (Python $(version "$found"))" >&2
    "$found" -m venv --clear "$venv" >"$log" 2>&1 ||
        stop "$found could not make $venv ($(tail -n 1 "$log")); if its venv module is missing, 'sudo apt-get install python3-venv' brings it."
fi
what=.${extras:+[$extras]}
echo "Installing $what in $venv (once; some minutes the first time)" >&2
# Its warnings are shown only when it fails: on a machine with a local package index they are many and harmless.
"$python" -m pip install --quiet --disable-pip-version-check --editable "$what" >"$log" 2>&1 || {
    cat "$log" >&2
    stop "pip could not install $what; its own words stand above."
}
if ! "$python" -c 'import lightgbm' >/dev/null 2>"$log"; then
    [ "$(uname -s)" != Darwin ] || stop "the OpenMP runtime, which LightGBM needs, is missing; 'brew install libomp' brings it."
    stop "LightGBM does not load: $(tail -n 1 "$log")"
fi
for done in $holds; do touch "$venv/.for-$done"; done

# Makes .venv with the pinned packages, once; sourced by the other scripts, from the project's root.
# usage: set_up ""              what the program needs
#        set_up "test"          and what its tests need
#        set_up "test,cluster"  and what another extra needs

missing() {
    printf 'set-up: %s\n' "$@" >&2
    exit 3
}

is_supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3 python; do
        if command -v "$candidate" >/dev/null && is_supported "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    missing "Python 3.11, 3.12 or 3.13 is needed and was not found" \
        "on Debian or Ubuntu: sudo apt install python3.11 python3.11-venv; on macOS: brew install python@3.13"
}

make_venv() {
    local python version
    python=$(find_python) || exit
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        missing "$python cannot make virtual environments (its venv or ensurepip module is missing)" \
            "on Debian or Ubuntu: sudo apt install python${version}-venv"
    fi
    echo "Making .venv with $python"
    "$python" -m venv --clear .venv
}

# What the packages depend on: another hash means another installation.
wanted_stamp() {
    .venv/bin/python - <<'PYTHON'
import hashlib, pathlib, sys
wanted = b"".join(pathlib.Path(name).read_bytes() for name in ("setup.cfg", "constraints.txt"))
print(hashlib.sha256(wanted + sys.version.encode()).hexdigest())
PYTHON
}

install_packages() {
    local extra=$1 started=$SECONDS
    echo "Installing the packages into .venv (once; a minute or two)"
    .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off \
        -c constraints.txt -e ".${extra:+[$extra]}" |
        sed -u -n 's/^Collecting \([A-Za-z0-9._-]*\).*/  \1/p; s/^Installing collected packages.*/  unpacking/p' ||
        missing "the packages could not be installed; pip says why above"
    echo "Installed in $((SECONDS - started)) s"
}

set_up() {
    local extra=$1 stamp
    is_supported .venv/bin/python || make_venv
    stamp=$(wanted_stamp)
    # Whatever is installed beside it, the program's packages are there; an extra stays where others are added.
    if [[ "$(cat .venv/installed-${extra:-*} 2>/dev/null)" != *"$stamp"* ]]; then
        install_packages "$extra"
        echo "$stamp" >".venv/installed-$extra"
    fi
}

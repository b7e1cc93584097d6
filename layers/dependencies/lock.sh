#!/bin/sh
# Writes every lock of the project: one resolution of all that pyproject.toml names, then a file
# for each place that installs a part of it, so that no two files differ in a version.
# The locks hold for Python 3.11 and newer on every platform, and name no address.
set -eu
cd "$(dirname "$0")/../.."

compile() {
    "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header --upgrade "$@"
}

mkdir -p build
everything=build/everything.txt
# The build backend is locked with the rest: the project itself is installed without a network.
printf 'hatchling>=1.27\n' >build/backend.in
compile pyproject.toml build/backend.in --all-extras -o $everything

within() {
    compile -c $everything pyproject.toml "$@"
}
within -o layers/dependencies/requirements.txt
within build/backend.in --extra local -o layers/dependencies/local.txt
within --extra local --extra dev -o tests/requirements.txt
within --extra local --extra infra -o infra_cdk/requirements.txt

# Tools that pin versions of their own live in environments of their own.
printf 'checkov>=3.3\n' | compile - -o infra_cdk/checkov.txt
printf 'ministack==1.5.33\ncryptography\n' | compile - -o tests/emulator/requirements.txt
printf 'schemathesis>=4.32\n' | compile - -o tests/fuzz/requirements.txt

for folder in infra_cdk statemachines; do
    (cd $folder && npm install --package-lock-only --omit-lockfile-registry-resolved \
        --no-audit --no-fund --loglevel=error)
done

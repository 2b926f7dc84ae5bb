#!/usr/bin/env bash
# Makes sure that everything the build needs is on this machine, and says what it did.
#
# With --all also the libraries of formats that are read only where these are found: TIFF and HDF5.
#
# Idempotent: with everything there it changes nothing and needs no network. Installs Debian packages only, and only
# those that are missing; a Swift toolchain is looked for and never installed.
set -euo pipefail

# Oldest Swift that compiles the sources (integer generics and InlineArray in the matrix kernel).
readonly swift_major=6 swift_minor=2

# Debian packages, and the pkg-config modules that show the same libraries on other systems.
packages=(
    libopenblas-dev   # matrix products
    libfftw3-dev      # Fourier transforms
    libpng-dev        # images in and out
    libcairo2-dev     # figures
    libssl-dev        # SHA-256 of data and checkpoints
    zlib1g-dev        # .npz archives
    fonts-dejavu-core # text in figures
)
modules=(openblas fftw3 libpng cairo libcrypto zlib)
readonly tools=(pkg-config make)

case ${1:-} in
'') ;;
--all)
    packages+=(libtiff-dev libhdf5-dev)
    modules+=(libtiff-4 hdf5)
    ;;
*)
    printf 'setup: unknown argument %s; only --all is known.\n' "$1" >&2
    exit 64
    ;;
esac

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

check_swift() {
    local wanted="$swift_major.$swift_minor" line version
    command -v swift >/dev/null ||
        fail "Swift $wanted or newer is needed and none was found on PATH; install it from https://www.swift.org/install/ and try again."
    line=$(swift --version 2>/dev/null || true)
    [[ $line =~ Swift\ version\ ([0-9]+)\.([0-9]+)[^\ ]* ]] ||
        fail "'swift --version' gave no Swift version; install Swift $wanted or newer from https://www.swift.org/install/ and try again."
    version=${BASH_REMATCH[0]#Swift version }
    if ((BASH_REMATCH[1] < swift_major || (BASH_REMATCH[1] == swift_major && BASH_REMATCH[2] < swift_minor))); then
        fail "Swift $wanted or newer is needed and this is $version; install a newer one from https://www.swift.org/install/ and try again."
    fi
    say "Swift $version."
}

# Prints those of the arguments that are not installed Debian packages.
missing_packages() {
    local package
    for package; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

# Prints those of the tools that are not on PATH; each has its name as a package too.
missing_tools() {
    local tool
    for tool in "${tools[@]}"; do command -v "$tool" >/dev/null || echo "$tool"; done
}

install_debian_packages() {
    local missing as_root=()
    mapfile -t missing < <(missing_packages "${packages[@]}" && missing_tools)
    if ((${#missing[@]} == 0)); then
        say "All system packages are installed; nothing to do."
        return
    fi
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "Packages are missing and there is no sudo; run this as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing with apt-get: ${missing[*]}"
    "${as_root[@]}" apt-get update -q ||
        fail "apt-get update failed; with a network connection, run: apt-get install ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install ${missing[*]}; its own lines above say why."
    say "Installed ${missing[*]}."
}

check_other_system() {
    local missing
    missing=$(
        missing_tools
        for module in "${modules[@]}"; do pkg-config --exists "$module" 2>/dev/null || echo "$module"; done
    )
    [[ -z $missing ]] ||
        fail "This is no Debian system, so nothing was installed; not found: ${missing//$'\n'/ }. Needed are the development files of OpenBLAS, FFTW 3, libpng, Cairo, OpenSSL and zlib, the DejaVu fonts, pkg-config and make; for --all libtiff and HDF5 as well."
    say "All libraries are found by pkg-config; nothing to do."
}

check_swift
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    install_debian_packages
else
    check_other_system
fi

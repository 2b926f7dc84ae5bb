// swift-tools-version: 6.2
import PackageDescription

// No target carries an unsafe flag, so that `Engine` and `Diagnostics` stay usable as dependencies of other packages.
// What makes them fast is passed on the command line by the Makefile, which explains each flag: `-Xcc -march=native`
// (SIMD code for the machine it is built on) and, for tests, `-c release` (a debug loop over pixels is fifty times slower).

/// A file sees the members of those modules alone that it imports.
let settings: [SwiftSetting] = [.enableUpcomingFeature("MemberImportVisibility")]

let package = Package(
    name: "n2n-analyze",
    products: [
        .library(name: "Engine", targets: ["Tensors", "Formats", "Engine"]),
        .library(name: "Diagnostics", targets: ["Fields", "Figures", "Diagnostics", "Reports", "Studies"]),
        .executable(name: "n2n-analyze", targets: ["n2n-analyze"]),
    ],
    traits: [
        .trait(name: "TIFF", description: "Read TIFF stacks, with libtiff"),
        .trait(name: "HDF5", description: "Read HDF5 files, with libhdf5"),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    ],
    targets: [
        .systemLibrary(name: "CIntrinsics"),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .target(name: "Tensors", dependencies: ["CIntrinsics"], swiftSettings: settings),
        .target(
            name: "Formats",
            dependencies: [
                "Tensors", "COpenSSL", "CPNG", "CZlib",
                .target(name: "CTIFF", condition: .when(traits: ["TIFF"])),
                .target(name: "CHDF5", condition: .when(traits: ["HDF5"])),
            ],
            swiftSettings: settings),
        .target(
            name: "Fields",
            dependencies: ["Tensors", "CFFTW", .product(name: "RealModule", package: "swift-numerics")],
            swiftSettings: settings),
        .target(name: "Figures", dependencies: ["Tensors", "Formats", "CCairo"], swiftSettings: settings),
        .target(
            name: "Engine", dependencies: ["Tensors", "Formats", "CIntrinsics", "COpenBLAS"], swiftSettings: settings),
        .target(
            name: "Diagnostics", dependencies: ["Tensors", "Formats", "Fields", "Engine"], swiftSettings: settings),
        .target(
            name: "Reports", dependencies: ["Tensors", "Formats", "Fields", "Figures", "Engine", "Diagnostics"],
            swiftSettings: settings),
        .target(
            name: "Studies",
            dependencies: ["Tensors", "Formats", "Fields", "Figures", "Engine", "Diagnostics", "Reports"],
            swiftSettings: settings),
        .executableTarget(
            name: "n2n-analyze",
            dependencies: [
                "Tensors", "Formats", "Fields", "Figures", "Engine", "Diagnostics", "Reports", "Studies",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .target(
            name: "TestSupport", dependencies: ["Tensors", "Formats", "Engine", "Diagnostics"],
            path: "Tests/TestSupport"),
        .testTarget(name: "EngineTests", dependencies: ["Tensors", "Formats", "Engine", "TestSupport"]),
        .testTarget(
            name: "DiagnosticsTests",
            dependencies: [
                "Tensors", "Formats", "Fields", "Figures", "Engine", "Diagnostics", "Reports", "Studies", "TestSupport",
            ]),
        .testTarget(name: "CommandTests", dependencies: ["n2n-analyze", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

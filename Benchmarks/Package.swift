// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nothing here is ever built with the program. `make bench` builds it with the flags of the
// main Makefile, -enable-testing among them: the kernels that are timed are internal.

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "n2n-analyze", path: "..")],
    targets: [
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                .product(name: "Engine", package: "n2n-analyze"), .product(name: "Diagnostics", package: "n2n-analyze"),
            ])
    ],
    swiftLanguageModes: [.v6]
)

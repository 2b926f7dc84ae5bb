import Foundation
import Tensors

/// The tissues of one slice of one knee, in the order in which they are painted: coronal, thigh above, shank below.
///
/// Lengths are in half widths of the picture, the places -1...1. Sizes and positions vary from subject to subject;
/// slices (z from -1 in front to 1 behind) differ by smooth functions of z.
struct KneeAnatomy {
    /// A tissue and where it lies.
    struct Region {
        let tissue: Tissue
        let shape: Shape
    }

    /// Later ones cover earlier ones.
    let regions: [Region]

    /// - Parameter stream: the subject's; all slices of a subject read the same numbers.
    init(z: Double, from stream: RandomStream) {
        var draws = Draws(stream: stream)
        let size = draws.around(1, 0.06)
        let joint = draws.around(0.06, 0.08)
        // The plane of the slice never meets the knee quite in its middle.
        let depth = z + draws.around(0, 0.15)
        let bulge = 1 - 0.16 * depth * depth
        let mirrored = draws.around(0, 1) < 0
        let side = mirrored ? -1.0 : 1.0

        func point(_ x: Double, _ y: Double) -> SIMD2<Double> { SIMD2(side * x * size, joint + y * size) }
        func ellipse(
            _ x: Double, _ y: Double, _ width: Double, _ height: Double, exponent: Double = 2, angle: Double = 0
        ) -> Shape {
            .superellipse(
                centre: point(x, y), radii: SIMD2(width, height) * size, exponent: exponent, angle: side * angle)
        }
        func curve(_ points: (Double, Double)...) -> Curve {
            Curve(points.map { SIMD2(joint + $0.0 * size, $0.1 * size) })
        }

        // The leg, its skin and the fat under it.
        let girth = draws.around(0.82, 0.05), thigh = girth * draws.around(1.07, 0.03)
        let leg = Shape.column(
            middle: curve((-1, 0.02 * side), (1, -0.02 * side)),
            halfWidth: curve((-1, thigh), (0, girth), (0.9, girth * draws.around(0.97, 0.03))))
        let fatLayer = draws.around(0.10, 0.05)
        let fascia = Shape.grown(leg, by: -fatLayer * size)

        // Muscles: vastus medialis and lateralis above, gastrocnemius and tibialis below, larger behind.
        let belly = 1 + 0.25 * depth
        let muscles = [
            ellipse(-0.56, -0.85, 0.27 * belly, draws.around(0.62, 0.07)),
            ellipse(0.58, -0.95, 0.27 * belly, draws.around(0.68, 0.07)),
            ellipse(-0.56, 0.92, 0.25 * belly, draws.around(0.55, 0.06)),
            ellipse(0.58, 0.95, 0.25 * belly, draws.around(0.52, 0.06)),
        ]

        // Bones. The condyles are round, the plateau is flat; the notch between the condyles is deeper behind.
        let condyle = SIMD2(draws.around(0.27, 0.02), draws.around(0.27, 0.02)) * bulge
        let notch = ellipse(0, -0.06, 0.075 + 0.03 * max(0, 1 + depth), 0.13 + 0.08 * max(0, 1 + depth))
        let condyles = Shape.union([
            ellipse(-0.27, -0.06 - condyle.y, condyle.x, condyle.y, exponent: 2.3),
            ellipse(0.27, -0.06 - condyle.y, condyle.x * 0.97, condyle.y, exponent: 2.3),
        ])
        let femurShaft = draws.around(0.24, 0.03)
        let femur = Shape.difference(
            .union([
                condyles,
                .intersection([
                    .column(middle: curve((0, 0)), halfWidth: curve((-0.85, femurShaft), (-0.3, 0.46 * bulge))),
                    .above(joint - 0.18 * size),
                ]),
            ]), notch)
        let plateau = draws.around(0.52, 0.03) * bulge
        let plateauTop = ellipse(0, 0.06 + 0.2, plateau, 0.2, exponent: 3.2)
        let tibia = Shape.union([
            plateauTop, ellipse(-0.06, 0.07, 0.045, 0.06), ellipse(0.06, 0.07, 0.045, 0.055),
            .intersection([
                .column(
                    middle: curve((0.3, 0), (0.9, -0.03 * side)),
                    halfWidth: curve((0.25, plateau * 0.93), (0.75, draws.around(0.24, 0.03)))),
                .below(joint + 0.26 * size),
            ]),
        ])
        let fibulaWidth = 0.10 * min(1, 0.6 + depth)
        let fibula = Shape.intersection([
            .column(
                middle: curve((0.3, 0.56 * side), (0.8, 0.5 * side)),
                halfWidth: curve((0.35, fibulaWidth), (0.6, fibulaWidth * 0.7))),
            ellipse(0.54, 0.95, 0.3, 0.6),
        ])
        let cortex = draws.around(0.022, 0.004) * size
        let cartilage = draws.around(0.038, 0.008) * size

        // What lies between: menisci as wedges under the condyles, cruciate ligaments in the notch, fluid.
        let effusion = draws.around(1, 0.35)
        let inJoint = [
            Region(tissue: .fluid, shape: ellipse(0, 0, 0.54 * bulge, 0.06 * effusion, exponent: 3)),
            Region(tissue: .fluid, shape: ellipse(0.50, -0.26, 0.05 * effusion, 0.15 * effusion, angle: 0.2)),
            Region(tissue: .fluid, shape: ellipse(-0.51, -0.28, 0.035 * effusion, 0.13, angle: -0.2)),
            Region(tissue: .meniscus, shape: ellipse(-0.44 * bulge, 0, 0.16, 0.085, exponent: 1.7)),
            Region(tissue: .meniscus, shape: ellipse(0.44 * bulge, 0, 0.16, 0.085, exponent: 1.7)),
        ]
        let ligaments = [
            ellipse(0.03, -0.10, 0.032, 0.17, exponent: 2.5, angle: draws.around(0.45, 0.1)),
            ellipse(-0.05, -0.12, 0.04, 0.12, exponent: 2.5, angle: draws.around(-0.25, 0.1)),
            ellipse(-0.585 * bulge, 0.02, 0.02, 0.36, exponent: 3, angle: draws.around(0, 0.04)),
            ellipse(0.60 * bulge, 0.06, 0.02, 0.36, exponent: 3, angle: draws.around(0, 0.04)),
        ]

        var regions = [Region(tissue: .skin, shape: leg), Region(tissue: .fat, shape: .grown(leg, by: -0.025))]
        regions += muscles.map { Region(tissue: .muscle, shape: .intersection([$0, fascia])) }
        regions += inJoint
        regions += ligaments.suffix(2).map { Region(tissue: .ligament, shape: $0) }
        regions.append(
            Region(
                tissue: .cartilage,
                shape: .difference(
                    .intersection([.grown(condyles, by: cartilage), .below(joint - 0.3 * size)]),
                    .grown(notch, by: -0.01))))
        regions.append(
            Region(
                tissue: .cartilage,
                shape: .intersection([.grown(plateauTop, by: cartilage), .above(joint + 0.09 * size)])))
        for bone in [femur, tibia, fibula] {
            regions.append(Region(tissue: .corticalBone, shape: bone))
            regions.append(Region(tissue: .marrow, shape: .grown(bone, by: -cortex)))
        }
        regions += ligaments.prefix(2).map { Region(tissue: .ligament, shape: $0) }
        self.regions = regions
    }

    /// A subject's numbers.
    private struct Draws {
        var stream: RandomStream

        /// Uniform on middle ± reach.
        mutating func around(_ middle: Double, _ reach: Double) -> Double {
            middle + reach * (2 * stream.uniform() - 1)
        }
    }
}

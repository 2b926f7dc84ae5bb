import Tensors

/// The cross-domain path on images of any size, as one function of both observations.
extension C2CNetwork {
    /// f = D_domain(z_source, K), the images padded by reflection to the network's size multiple and the output cropped.
    ///
    /// - Parameters:
    ///   - x: both observations, `[N, H, W, channels]`, any H and W.
    ///   - encodesTarget: also when the strategy does not read the target, so that the absence of a path is measured
    ///     on the tape and not assumed.
    public func crossOutput(
        _ x: DomainPair<Variable>, to domain: Domain, _ wiring: Wiring, encodesTarget: Bool = false
    ) -> Variable {
        let (height, width) = (x.a.shape[1], x.a.shape[2])
        let source = encode(padded(x[domain.other]))
        let target = wiring.strategy.readsTarget || encodesTarget ? encode(padded(x[domain])) : source
        return crop(cross(to: domain, target: target, source: source, wiring), height: height, width: width)
    }

    /// r = D_domain(z, k): the same-domain reconstruction, of any size.
    public func sameOutput(_ x: Variable, domain: Domain, useSkip: Bool) -> Variable {
        crop(same(domain, encode(padded(x)), useSkip: useSkip), height: x.shape[1], width: x.shape[2])
    }

    func padded(_ x: Variable) -> Variable {
        func roundedUp(_ side: Int) -> Int {
            (side + architecture.sizeMultiple - 1) / architecture.sizeMultiple * architecture.sizeMultiple
        }
        return reflectionPadding(x, height: roundedUp(x.shape[1]), width: roundedUp(x.shape[2]))
    }
}

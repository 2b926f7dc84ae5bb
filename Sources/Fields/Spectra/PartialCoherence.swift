extension RingSpectra {
    /// γ²_{uv·w} = |P_uv - P_uw P_wv/P_ww|² / ((P_uu - |P_uw|²/P_ww)(P_vv - |P_wv|²/P_ww)): the coherence of u and v once what w
    /// explains of each is taken out, 0...1 (Bendat and Piersol, Random Data, section 7.3). Of error and target's noise given the
    /// source's noise, it is what does not come by way of noise that the two observations share.
    ///
    /// For u and v related through w alone, one mode is spent on w: P(γ² > t) = (1-t)^{K-2} with K modes.
    /// `nil` in a bin without modes, and where w has no power or explains all of u or v (to 1e-9 of it).
    public func partialCoherence(_ u: String, _ v: String, given w: String, _ bin: Int) -> Double? {
        guard let between = crossPower(u, v, bin), let first = crossPower(u, w, bin),
            let second = crossPower(w, v, bin),
            let powerU = power(u, bin), let powerV = power(v, bin), let powerW = power(w, bin), powerW > 0
        else { return nil }
        let real = between.real - (first.real * second.real - first.imaginary * second.imaginary) / powerW
        let imaginary = between.imaginary - (first.real * second.imaginary + first.imaginary * second.real) / powerW
        func rest(_ power: Double, _ cross: Phasor) -> Double? {
            let rest = power - (cross.real * cross.real + cross.imaginary * cross.imaginary) / powerW
            return rest > 1e-9 * power ? rest : nil
        }
        guard let restU = rest(powerU, first), let restV = rest(powerV, second) else { return nil }
        return min(1, (real * real + imaginary * imaginary) / (restU * restV))
    }
}

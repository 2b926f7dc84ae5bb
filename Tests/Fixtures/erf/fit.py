import numpy as np, mpmath as mp
mp.mp.dps=40
def fit(np_,nq,T,N=600):
    k=np.arange(N); t=T*(0.5-0.5*np.cos(np.pi*(k+0.5)/N)); 
    s=[mp.mpf(float(x))**2 for x in t]; f=[mp.erf(mp.mpf(float(x)))/mp.mpf(float(x)) for x in t]
    # weight: abs error of erf = t * err
    sc=T*T
    S=np.array([float(x) for x in s])/sc; F=np.array([float(x) for x in f]); W=t.copy(); q=np.ones(N); lam=np.ones(N)
    for it in range(400):
        A=np.concatenate([S[:,None]**np.arange(np_+1), -F[:,None]*S[:,None]**np.arange(1,nq+1)],1)
        w=W/q*np.sqrt(lam)
        c,*_=np.linalg.lstsq(A*w[:,None],F*w,rcond=None)
        P=c[:np_+1];Q=np.concatenate([[1],c[np_+1:]])
        qn=np.polyval(Q[::-1],S)
        err=np.abs(t*(np.polyval(P[::-1],S)/qn-F))
        lam=lam*(err/err.max()+1e-9); lam/=lam.max()
        q=qn
        if it==0 or err.max()<best[0]: best=(err.max(),P.copy(),Q.copy())
    e,P,Q=best
    P=P/sc**np.arange(len(P)); Q=Q/sc**np.arange(len(Q))
    return e,P,Q
from scipy.special import erf
for (a,b) in [(5,4),(5,5),(6,4),(6,5)]:
    e,P,Q=fit(a,b,4.0)
    t=np.linspace(-5,5,200001).astype(np.float32); tc=np.clip(t,-4,4)
    s=(tc*tc).astype(np.float32)
    p=np.zeros_like(s)
    for c in P[::-1]: p=(p*s+np.float32(c)).astype(np.float32)
    q=np.zeros_like(s)
    for c in Q[::-1]: q=(q*s+np.float32(c)).astype(np.float32)
    r=(tc*p/q).astype(np.float32)
    print(a,b,e,np.abs(r-erf(t.astype(np.float64))).max()); print(list(P)); print(list(Q))

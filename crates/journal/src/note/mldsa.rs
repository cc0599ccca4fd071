//! ML-DSA-44 (FIPS 204) as notes use it: keys from a seed, signing without randomness, an empty context string.
//! The mathematics is the crate `ml-dsa`; what is signed stands in `cosignature`.

use ml_dsa::signature::Keypair as _;
use ml_dsa::{EncodedVerifyingKey, MlDsa44, Signature, SigningKey, VerifyingKey};
use std::fmt;
use std::sync::Arc;

/// Longest name in bytes that the signed message has room for.
pub(super) const MAX_NAME: usize = 255;

/// A public key, 1,312 bytes. The expanded form is kept beside them: expanding costs as much as verifying.
#[derive(Clone)]
pub(super) struct Public44(Arc<(EncodedVerifyingKey<MlDsa44>, VerifyingKey<MlDsa44>)>);

/// A private key.
#[derive(Clone)]
pub(super) struct Secret44 {
    key: Arc<SigningKey<MlDsa44>>,
    public: Public44,
}

impl Public44 {
    /// None when the length is wrong; any bytes of the right length are a key.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let encoded = EncodedVerifyingKey::<MlDsa44>::try_from(bytes).ok()?;
        let key = VerifyingKey::decode(&encoded);
        Some(Self(Arc::new((encoded, key))))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0.0
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::<MlDsa44>::try_from(signature);
        signature.is_ok_and(|signature| self.0.1.verify_with_context(message, &[], &signature))
    }
}

impl fmt::Debug for Public44 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Public44({} bytes)", self.as_bytes().len())
    }
}

impl Secret44 {
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        let key = Arc::new(SigningKey::<MlDsa44>::from_seed(&(*seed).into()));
        let verifying = key.verifying_key().clone();
        Self { key, public: Public44(Arc::new((verifying.encode(), verifying))) }
    }

    /// None when no signature is found, which the standard bounds at less than once in 2^100.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.key.expanded_key().sign_deterministic(message, &[]).ok()?;
        Some(signature.encode().to_vec())
    }

    pub(super) fn seed(&self) -> &[u8] {
        self.key.as_seed()
    }

    pub(super) fn public(&self) -> Public44 {
        self.public.clone()
    }
}

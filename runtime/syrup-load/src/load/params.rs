//! First values of single-value maps: parameters, state, sets.
//!
//! In: what the artifact says and what was given. Out: bytes, or which parameter is wrong.

use crate::error::LoadError;
use syrup_wire::artifact::{Artifact, MapRole, MapSpec, ParamSpec, Shape};

/// The value of every parameter: the given ones, or the defaults when none are given.
///
/// # Errors
/// Another number of values than parameters, or a value outside its range.
pub fn values(artifact: &Artifact, given: &[u64]) -> Result<Vec<u64>, LoadError> {
    let specs = &artifact.params;
    if given.is_empty() {
        return Ok(specs.iter().map(|spec| spec.default).collect());
    }
    if given.len() != specs.len() {
        return Err(LoadError::Invalid(format!(
            "policy `{}` has {} parameters and {} values were given",
            artifact.policy,
            specs.len(),
            given.len()
        )));
    }
    for (spec, value) in specs.iter().zip(given) {
        let ParamSpec { name, min, max, .. } = spec;
        if value < min || value > max {
            return Err(LoadError::Invalid(format!(
                "parameter `{name}` takes {min} to {max} and was given {value}"
            )));
        }
    }
    Ok(given.to_vec())
}

/// What a map's one value starts as; `None` for maps that start empty or with zeros.
///
/// # Errors
/// An initial value or a parameter that does not fit the map.
pub(super) fn initial_value(
    artifact: &Artifact,
    spec: &MapSpec,
    params: &[u64],
) -> Result<Option<Vec<u8>>, LoadError> {
    let is_params = spec.role == MapRole::Params;
    if spec.initial.iter().all(|byte| *byte == 0) && !is_params {
        return Ok(None);
    }
    let misfit = |what: &str| {
        let name = &spec.name;
        LoadError::Invalid(format!("the artifact is damaged: {what} does not fit map `{name}`"))
    };
    let mut value = spec.initial.clone();
    if value.len() > spec.value_bytes as usize || spec.entries != 1 {
        return Err(misfit("the first value"));
    }
    value.resize(spec.value_bytes as usize, 0);
    if is_params {
        for (param, number) in artifact.params.iter().zip(params) {
            let bytes = bytes_of(param).ok_or_else(|| misfit(&param.name))?;
            let start = param.offset as usize;
            let place = value.get_mut(start..start + bytes).ok_or_else(|| misfit(&param.name))?;
            let little = number.to_le_bytes();
            place.copy_from_slice(&little[..bytes]);
        }
    }
    Ok(Some(value))
}

fn bytes_of(param: &ParamSpec) -> Option<usize> {
    match &param.shape {
        Shape::Number { bytes: bytes @ (1 | 2 | 4 | 8), .. } => Some(usize::from(*bytes)),
        Shape::Number { .. } | Shape::Bytes { .. } => None,
        Shape::Prefix { .. } | Shape::Struct { .. } => None,
    }
}

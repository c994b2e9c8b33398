//! Texts that nobody writes, and very many of them: random changes of analyses (`mutate`, from the texts of `seeds`) put
//! through the compiler (`target`) in number (`random`), texts that grow in one way (`grow`), and an analysis as large as the largest
//! published ones (`large`), whose steps are counted (`steps`). And data files that nobody wrote (`files`).

pub mod files;
pub mod grow;
pub mod input;
pub mod large;
pub mod mutate;
pub mod random;
pub mod seeds;
pub mod steps;
pub mod target;

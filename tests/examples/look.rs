//! temporary
fn main() {
    struct D(std::path::PathBuf);
    impl syrupc::Files for D {
        fn read(&self, p: &str) -> Result<String, String> {
            std::fs::read_to_string(self.0.join(p)).map_err(|e| e.to_string())
        }
    }
    for f in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&f).unwrap();
        let p = std::path::Path::new(&f);
        let mut a = syrupc::analyze(&p.file_name().unwrap().to_string_lossy(), &text, &D(p.parent().unwrap().to_owned()));
        println!("{}", syrup_tests::rendered(&a));
        println!("==> {f}: {} diagnostics, built: {}", a.diags.len(), syrup_tests::sound::check(&mut a));
    }
}

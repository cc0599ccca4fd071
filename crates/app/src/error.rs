//! What can go wrong in a use case, in words for people: what, where, and what to do next.

use akashi_domain::Label;
use akashi_domain::catalog::Fault;
use akashi_store::StoreError;

/// Result of a use case.
pub type Result<T> = std::result::Result<T, AppError>;

/// Why a use case was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The catalogue cannot be used.
    #[error("the catalogue has {} fault(s):\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Catalogue(Vec<Fault>),
    /// No grant allows it.
    #[error("{}", .0.en)]
    Forbidden(Label),
    /// There is no such thing, or the person may not know of it.
    #[error("{}", .0.en)]
    NotFound(Label),
    /// The input cannot be accepted; nothing was changed.
    #[error("{}", .0.en)]
    Invalid(Label),
    /// Somebody changed the record meanwhile.
    #[error("{}", .0.en)]
    Conflict(Label),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
}

impl AppError {
    /// Makes an invalid-input error of two texts.
    pub fn invalid(ja: impl Into<String>, en: impl Into<String>) -> AppError {
        AppError::Invalid(Label::new(ja, en))
    }

    /// Makes a not-found error of two texts.
    pub fn not_found(ja: impl Into<String>, en: impl Into<String>) -> AppError {
        AppError::NotFound(Label::new(ja, en))
    }

    /// Tells whether somebody else was faster: reading again and repeating helps.
    pub fn is_conflict(&self) -> bool {
        matches!(self, AppError::Conflict(_) | AppError::Store(StoreError::StaleRevision { .. }))
    }

    /// Returns the error in both languages.
    pub fn label(&self) -> Label {
        match self {
            AppError::Forbidden(l) | AppError::NotFound(l) | AppError::Invalid(l) | AppError::Conflict(l) => l.clone(),
            AppError::Catalogue(_) => Label::new(
                "カタログに誤りがあります。akashi catalog check で場所と直し方を確かめてください",
                self.to_string(),
            ),
            AppError::Store(StoreError::NotInitialised { place }) => Label::new(
                format!("{place} にはまだ病院がありません。先に akashi init を実行してください"),
                format!("There is no hospital at {place} yet; run akashi init first"),
            ),
            AppError::Store(StoreError::StaleRevision { .. }) => Label::new(
                "ほかの人が先に変更しました。最新の内容を確認してからやり直してください",
                "Somebody else changed this meanwhile; look at the newest version and try again",
            ),
            AppError::Store(e) if matches!(e.root(), StoreError::Full { .. }) => Label::new(
                format!(
                    "ディスクに空きがないため保存できませんでした。何も変わっていません。空きを作ってからやり直してください({e})"
                ),
                e.to_string(),
            ),
            AppError::Store(e) => store(e.root()),
            AppError::Io { what, source } => Label::new(format!("{what}: {source}"), format!("{what}: {source}")),
        }
    }
}

/// What the store met, where people can do something about it; the rest as the store says it.
fn store(e: &StoreError) -> Label {
    let ja = match e {
        StoreError::AlreadyInitialised { place } => {
            format!("{place} には Akashi がもうあります。空のフォルダかデータベースを選んでください")
        }
        StoreError::Address { why } => {
            format!(
                "データベースの宛先は sqlite:///フォルダ/akashi.db か postgres://利用者@ホスト/名前 の形です({why})"
            )
        }
        StoreError::Open { place, source } => format!("データベース {place} を開けません({source})"),
        StoreError::Migrate { source } => {
            format!("データベースの形を新しくできません。いちばん新しい版の Akashi を使ってください({source})")
        }
        StoreError::Io { path, source, .. } => format!("{} を読み書きできません({source})", path.display()),
        StoreError::Damaged { place, what } => {
            format!("{place} が壊れています({what})。akashi journal verify で場所を確かめてください")
        }
        StoreError::NoKey => "署名に使えるログの鍵がありません。バックアップから復元してください".to_owned(),
        StoreError::Backup { what } => format!("バックアップを読めません: {}", crate::backup::japanese(what)),
        StoreError::Disposed { .. } => "この記録は廃棄済みです。必要なら新しい行を作ってください".to_owned(),
        other => format!("処理できませんでした({other})"),
    };
    Label::new(ja, e.to_string())
}

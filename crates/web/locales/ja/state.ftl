# 運用状態

nav-state = 運用状態
state-title = 運用状態
state-lead = この Akashi 自体が無事に動き続けるための状態です。遅れているものと、次にすることを示します。
state-concerns = 次にすること
state-all-good = 遅れているものはありません。
state-good = 正常
state-look = 要確認
state-bad = 要対応
state-none = 未設定
state-never = まだありません
state-backup = バックアップ
state-last = 最後に行った日時
state-place = 場所
state-keys = 鍵の保管先
state-chain = 世代
state-chain-piece = { $chain }({ $pieces }片)
state-size = 大きさ
state-locked = 変更できない期限
state-unsaved = まだ入っていない証跡
state-drill = 復元訓練
state-result = 結果
state-drill-ok = すべて元どおりに復元できました
state-drill-failed = 復元できませんでした
state-restored = 復元した証跡
state-took = かかった時間
state-filed = 記録した行
state-every = 行う間隔
span-seconds = { $shown }秒
state-log = 証跡ログ
state-entries = 証跡
state-checkpoint = 最新のチェックポイント
state-behind = 署名待ち
state-not-behind = ありません
state-origin = ログの名前
state-epoch = ログの世代
state-epoch-text = { $n ->
    [1] 第1世代(復元による切り替えなし)
   *[other] 第{ $shown }世代(復元により切り替え)
}
state-anchors = 外部保証
state-attested = 院外で証明済み
state-attested-of = { $all }件のうち { $covered }件
state-to-anchors = 外部保証の画面へ
state-database = データベース
state-kind = 種類
state-files = 添付ファイル
state-files-text = { $n }個({ $size })
state-program = プログラムとカタログ
state-version = Akashi の版
state-catalogue = カタログ
state-catalogue-text = 台帳 { $registers }種・項目 { $items }・要素 { $parts }
state-digest = カタログの指紋
state-first-digest = 導入時のカタログの指紋
state-created = 導入した日時
state-script = 監視の仕組みからは akashi status --json、またはこの画面の JSON を使えます。
state-json = JSON で見る

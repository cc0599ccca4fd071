# Disposal of records

disposals-title = Disposal of records
disposals-register = Destruction
disposals-lead = Records of Akashi whose time is over are destroyed with their keys once another person has approved it. Destruction of media, devices and paper is written down in the register of destruction.
disposals-none = No records have been disposed of yet.
disposals-begin = Propose a disposal from
disposals-ready = { $n ->
    [one] { $shown } record may go
   *[other] { $shown } records may go
}
disposals-none-ready = No record has reached the end of its time just now.
disposals-others = Registers of which nothing may go yet (see until when)
disposal-blocked = something is in the way
dispose-title = Choose records to dispose of
dispose-lead = only records whose time is over and that no hold keeps can be chosen.
dispose-ready = Records that may go
dispose-none = No record may go.
dispose-choose = Choose records
dispose-proposed = named by
dispose-subject = Subject (optional)
dispose-next = The proposal waits for another person's approval; nothing is destroyed at this step.
dispose-propose = Propose the disposal
dispose-kept = Records that stay
dispose-kept-none = There are no other records.
dispose-more = And { $shown } more.
disposal-record = Record
disposal-rule = Rule of retention
disposal-ends = Kept until
disposal-why = Why it stays
disposal-row = See the row of the register
disposal-approved-by = Approved by
disposal-done-on = Carried out on
disposal-records = Records to dispose of
disposal-stand = How it stands
disposal-gone = Disposed of
disposal-ready = May go
disposal-approve-title = Approval
disposal-approve-lead = You approve exactly the versions listed. A record that changes afterwards is not disposed of.
disposal-approve = Approve the disposal
disposal-own = Whoever wrote this proposal cannot approve it; another person must.
disposal-in-the-way = Something is in the way of a record, so this cannot go on. The list says what.
disposal-holds = Register of legal holds
disposal-run-title = Carry it out
disposal-warning = This destroys contents, reasons, files and all their keys. It cannot be cancelled and it cannot be undone.
disposal-sure = I understand that it cannot be undone
disposal-run = Carry out the disposal
disposal-left = What remains is the number, the state, the entries of the log, and this approval with its rule.
record-disposal = To the disposal
list-dispose = Propose a disposal
filter-gone = Disposed of
done-proposed = The disposal was proposed and waits for another person's approval.
done-approved = The disposal was approved.
done-disposed = The disposal was carried out.

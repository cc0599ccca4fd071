# The frame, common words, the door

product = Akashi
skip = Skip to content
nav = Main pages
language = Language
logout = Log out
foot = Every verdict is computed from the records
crumbs = You are here
nav-home = Home
nav-board = Compliance board
nav-registers = Registers
nav-findings = Findings
nav-import = Import
nav-profile = Profile
comma = ,{" "}
search = Search
show = Show
save = Save
cancel = Cancel
reason = Reason (optional)
previous = Previous
next = Next
import = Import
export = Export to Excel
filter-all = All
filter-reset = Clear
filter-blank = (blank)
value-yes = Yes
value-no = No
value-unset = —
value-unclear = Not readable: { $text }
value-missing = Missing
column-code = Number
column-name = Name
column-register = Register
column-state = State
column-why = Reason
column-source = Source
done-saved = Saved. Verdicts have been computed again.
done-password = Your password has been changed.
done-unchanged = Nothing was changed.
done-moved = The state was changed.
done-resolved = Linked.
done-draft = Draft kept. It does not count for verdicts.
done-dropped = Draft discarded.
done-answered = Answers recorded.
done-imported = Imported.
problem-home = Back to the home page
problem-back = Back to the page before
problem-400 = The request cannot be read
problem-400-text = Nothing was changed. Check that the address or the input has the right form, and try again from the page before.
problem-403 = You may not do this
problem-403-text = Your role has no right to this. Nothing was changed. If you need it, ask the planning manager.
problem-404 = Not found
problem-404-text = The address is wrong, it is gone, or it is not open to your role. The search of the registers may find it.
problem-405 = Not possible this way
problem-405-text = This address works from the buttons of a page only. Please go there again.
problem-409 = Somebody was faster
problem-409-text = Nothing was changed. Open the newest version, check it, and try again.
problem-413 = What was sent is too large
problem-413-text = At most { $limit } and { $files } files can be sent at once. Nothing was changed. Split it, or remove sheets and pictures that are not needed.
problem-422 = Not accepted
problem-422-text = Nothing was changed. Correct it and try again.
problem-500 = Something went wrong
problem-500-text = If you are not sure whether it was saved, open the page again and look. Try again in a moment; if it goes on, tell whoever runs the system the time and the page.
problem-expired = This preview has ended
problem-expired-text = Files that wait to be confirmed are destroyed after an hour, or when somebody cancels. Unless “Import” was pressed, no register was changed. Choose the file again.
problem-expired-next = Choose the file again
login-title = Log in
login-lead = Safety management of hospital information systems
login-name = Login
login-password = Password
login-button = Log in
login-hint = If you forgot your password, ask the administrator for a new one.
login-ended = Your log-in had ended. Nothing was saved yet, but what you typed is still here: log in to go on.
again-title = Go on where you were
again-ended = Your log-in had ended, so nothing was saved yet. What you typed is still here.
again-old = The page was opened in an earlier log-in, so nothing was saved yet. What you typed is still here.
again-files = These files could not be kept. Choose them again.
again-choose = Open the page and choose
again-open = Back to the form
again-send = Send this
again-drop = Leave it
again-typed = What you typed
password-title = Change password
password-lead = Enter the present password and a new one. Changing it ends your log-ins on all other machines.
password-forced = This is your first log-in. Choose a password only you know.
password-old = Present password
password-new = New password
password-again = New password again
password-rule = At least 10 characters. A few long words are easy to remember and safe.
password-button = Change
password-differs = The two new passwords differ.
password-same = Choose a password other than the present one.
password-everywhere = Log out on every machine
weekday-0 = Monday
weekday-1 = Tuesday
weekday-2 = Wednesday
weekday-3 = Thursday
weekday-4 = Friday
weekday-5 = Saturday
weekday-6 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
long-day = { $weekday }, { $day } { $month } { $year }
span-days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
span-months = { $n ->
    [one] { $shown } month
   *[other] { $shown } months
}
span-years = { $n ->
    [one] { $shown } year
   *[other] { $shown } years
}
days-away = { $n ->
    [one] { $shown } day left
   *[other] { $shown } days left
}
count-rows = { $n ->
    [one] { $shown } record
   *[other] { $shown } records
}
count-live = { $shown } in force
count-all = (of { $shown })
count-parts = { $n ->
    [one] { $shown } part
   *[other] { $shown } parts
}
count-questions = { $shown } unanswered

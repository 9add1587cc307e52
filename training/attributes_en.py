"""What a service says of a thing, in English: kind of value; nouns; asked; stated.

Nouns mean the same. What is asked and stated beside the common frames is optional.
"""

from typing import Final

ATTRIBUTES: Final = """
amount;price/cost;How much is {it}?/what do I pay for {it}/how expensive is {it};{it} costs {v}./{it} sells for {v}./You pay {v} for {it}.
amount;delivery fee/shipping cost/postage;How much is shipping for {it}?/do I pay for delivery of {it};We charge {v} to deliver {it}./Shipping {it} costs {v}.
amount;deposit/security deposit;How much do I have to put down for {it}?;A deposit of {v} is due for {it}.
amount;cancellation fee/cancellation charge;What does it cost to cancel {it}?;If you cancel {it}, we charge {v}.
amount;late fee/fine for being late;What happens if I pay late for {it}?;Paying late for {it} costs {v}.
amount;monthly fee/monthly charge/subscription price;How much per month is {it}?;{it} costs {v} a month.
amount;minimum order value/minimum spend;How much do I have to order for {it}?;You have to order for at least {v} to get {it}.
amount;refund amount/refund;How much money do I get back for {it}?;We pay back {v} for {it}.
amount;insurance sum/coverage;What is the maximum you cover for {it}?;Our insurance covers {it} up to {v}.
amount;daily limit/limit per day;How much can I spend a day with {it}?;You may spend up to {v} a day with {it}.
amount;repair cost/repair fee;What does it cost to fix {it}?;Fixing {it} costs {v}.
amount;entry fee/admission/ticket price;How much is it to get into {it}?;Getting into {it} costs {v}.
amount;annual fee/yearly fee;How much per year is {it}?;{it} costs {v} a year.
amount;tax/duty;How much tax is on {it}?;Tax on {it} comes to {v}.
percent;discount/price reduction;Is {it} cheaper now?/how much do I save on {it};{it} is {v} off./You save {v} on {it}.
percent;interest rate/interest;How much interest does {it} pay?;{it} pays {v} interest a year.
percent;commission/service charge;What share do you take for {it}?;We keep {v} of the price of {it}.
percent;battery level/charge;How full is the battery of {it}?;The battery of {it} stands at {v}.
percent;success rate/pass rate;How often does {it} work out?;{it} works out in {v} of the cases.
span;warranty/guarantee;How long is {it} under warranty?/what if {it} breaks;{it} comes with a warranty of {v}./We guarantee {it} for {v}.
span;delivery time/shipping time;How long until {it} arrives?/when will I get {it};{it} is delivered in {v}./Delivery of {it} takes {v}.
span;return period/return window;How long can I return {it}?/can I send {it} back;{it} can be returned within {v}./You may send {it} back for {v}.
span;processing time/handling time;How long does it take to process {it}?;It takes us {v} to process {it}.
span;waiting time/wait;How long do I have to wait for {it}?;You wait about {v} for {it}.
span;notice period/period of notice;How early must I cancel {it}?;{it} has to be cancelled {v} ahead.
span;trial period/free trial;How long can I try {it} for free?;You can try {it} free for {v}.
span;shelf life/storage life;How long does {it} keep?;{it} keeps for {v}.
span;battery life/running time;How long does {it} run on one charge?;On one charge {it} runs for {v}.
span;duration/length;How long does {it} last?;{it} lasts {v}./{it} takes {v}.
span;charging time/time to charge;How long does it take to charge {it}?;{it} is fully charged after {v}.
span;validity/period of validity;How long is {it} valid?;{it} is valid for {v}.
span;contract term/minimum term;How long am I bound to {it}?;You sign up to {it} for {v}.
span;response time/time to answer;How fast do you answer about {it}?;We answer questions on {it} within {v}.
span;storage period/retention time;How long do you keep {it}?;{it} is kept for {v} and then deleted.
date;release date/launch date;When does {it} come out?;{it} comes out on {v}.
date;expiry date/end date;When does {it} run out?/until when is {it} good;{it} runs out on {v}.
date;due date/payment deadline;When do I have to pay {it}?;{it} has to be paid by {v}.
date;delivery date/arrival date;On what day does {it} arrive?;{it} will arrive on {v}.
date;start date/first day;On which day does {it} begin?;{it} begins on {v}.
date;renewal date/date of renewal;When is {it} renewed?;{it} is renewed on {v}.
date;restock date;When is {it} back in stock?/is {it} sold out;{it} will be back in stock on {v}.
date;maintenance date/date of maintenance;When is {it} down for maintenance?;{it} is switched off for maintenance on {v}.
date;booking date/date of booking;When was {it} booked?;{it} was booked on {v}.
time;opening time/opening hour;When does {it} open?/from what time is {it} open;{it} opens at {v}.
time;closing time/closing hour;When does {it} close?/until what time is {it} open;{it} closes at {v}.
time;departure time/time of departure;When does {it} leave?;{it} leaves at {v}.
time;arrival time/time of arrival;What time does {it} get here?;{it} arrives at {v}.
time;check-in time/check-in;From when can I check in at {it}?;You can check in at {it} from {v}.
time;check-out time/check-out;By when must I leave {it}?;Please leave {it} by {v}.
time;breakfast time/time for breakfast;When is breakfast at {it}?;At {it} breakfast starts at {v}.
time;cut-off time/order deadline;Until what time can I order {it} for today?;Order {it} before {v} and it leaves today.
time;appointment/appointment time;What time is my visit for {it}?;Your visit for {it} is at {v}.
weekday;closing day/day off;On which day is {it} closed?;{it} stays closed on {v}.
weekday;delivery day/day of delivery;On which days is {it} delivered?;We deliver {it} on {v}.
weekday;collection day/pick-up day;On what day is {it} collected?;{it} is collected on {v}.
order;order number/order ID;Which order is {it} in?;{it} belongs to order {v}.
order;tracking number/parcel number;How do I follow {it}?/where is {it} now;You can follow {it} with {v}.
order;invoice number/bill number;Which bill is for {it}?;{it} is billed under {v}.
order;booking reference/reservation number;How do I find my booking for {it}?;Your booking for {it} is {v}.
order;account number/customer number;Under which account is {it}?;{it} runs under account {v}.
order;serial number/device number;What stands on the back of {it}?;On the back of {it} you read {v}.
order;case number/ticket number;Which case is about {it}?;We opened case {v} for {it}.
order;contract number/policy number;Which contract covers {it}?;{it} is covered by contract {v}.
code;voucher code/discount code/coupon;Is there a coupon for {it}?;Enter {v} to get {it} for less.
code;password/passcode;How do I log in to {it}?;To get into {it} type {v}.
code;model/model number;Which version is {it}?;{it} is sold as {v}.
code;error code/error message;What does {it} show when it fails?;When it fails, {it} shows {v}.
code;door code/access code;How do I get in to {it}?;The door of {it} opens with {v}.
code;flight number/train number;Which flight is {it}?;{it} goes with {v}.
code;seat/seat number;Where do I sit on {it}?;On {it} you sit in {v}.
person;contact person/contact;Who do I ask about {it}?/who can help me with {it};{v} looks after {it}./Ask {v} about {it}.
person;manager/head;Who runs {it}?;{it} is run by {v}.
person;driver/courier;Who brings {it}?;{v} brings {it}.
person;doctor/specialist;Who will see me for {it}?;{v} will see you for {it}.
person;guide/teacher/host;Who leads {it}?;{it} is led by {v}.
person;author/designer/maker;Who made {it}?;{it} was made by {v}.
person;recipient/addressee;Who is {it} sent to?;{it} is sent to {v}.
name;material/fabric;What is {it} made of?;{it} is made of {v}./We make {it} from {v} only.
name;brand/manufacturer;Which company makes {it}?;{it} comes from {v}.
name;colour/color;Which shade is {it}?;{it} is painted {v}.
name;country of origin/origin;Where is {it} made?/which country does {it} come from;{it} is made in {v}.
name;flavour/taste;What does {it} taste of?;{it} tastes of {v}.
name;payment method/way to pay;How can I pay for {it}?;{it} can be paid with {v}.
name;carrier/delivery company;Who ships {it}?;{it} goes out with {v}.
name;app/software;Which program do I need for {it}?;To use {it}, install {v}.
name;destination/last stop;Where does {it} go?;{it} goes to {v}.
name;ingredient/main ingredient;What is in {it}?;{it} contains {v}.
place;address/location;Where is {it}?/how do I get to {it};You find {it} at {v}.
place;meeting point/meeting place;Where do we meet for {it}?;For {it} we meet at {v}.
place;pick-up point/collection point;Where can I collect {it}?;{it} can be collected at {v}.
place;return address/address for returns;Where do I send {it} back to?;Send {it} back to {v}.
place;gate/boarding gate;Where do I board {it}?;{it} boards at {v}.
place;parking place/car park;Where can I park for {it}?;To visit {it}, park at {v}.
place;service desk/help desk;Where can I go with questions on {it}?;With questions on {it} go to {v}.
link;website/web page/homepage;Where can I read about {it} online?;Read more on {it} at {v}.
link;download link/download;Where do I download {it}?;{it} can be downloaded from {v}.
link;booking link/booking page;Where do I book {it} online?;{it} is booked at {v}.
link;manual/user guide;Where are the instructions for {it}?;The instructions for {it} are at {v}.
link;form/application form;Where do I apply for {it}?;Apply for {it} at {v}.
link;tracking page/status page;Where can I see how {it} is doing?;How {it} is doing is shown at {v}.
email;e-mail address/e-mail/email;Where do I write to about {it}?;Write to {v} about {it}./Questions on {it} go to {v}.
email;complaints address/address for complaints;How can I complain about {it}?;Complaints about {it} go to {v}.
email;billing contact/billing e-mail;Who do I mail about the bill for {it}?;Mail {v} about the bill for {it}.
phone;phone number/telephone number/number;Who do I call about {it}?/can I ring someone about {it};Call {v} about {it}.
phone;hotline/helpline;Is there a line I can ring for {it}?;Ring {v} for help with {it}.
phone;emergency number/emergency line;What do I dial if something happens with {it}?;If something happens with {it}, dial {v}.
phone;fax number/fax;Where can I fax about {it}?;Faxes on {it} go to {v}.
number:kg;weight/mass;How heavy is {it}?/what does {it} weigh;{it} weighs {v}.
number:cm;height/size;How tall is {it}?;{it} is {v} tall.
number:km;distance/range;How far is {it}?/how far does {it} go;{it} is {v} away.
number:litres;capacity/volume;How much fits into {it}?;{it} holds {v}.
number:GB;storage/memory/data volume;How much space does {it} have?;{it} has room for {v}.
number:people;group size/number of guests;How many can come to {it}?;{it} is for up to {v}.
number:points;points/bonus points;How many points do I get for {it}?;You get {v} for {it}.
number:;minimum age/age limit;How old must I be for {it}?;You have to be {v} or older for {it}.
number:pieces;stock/quantity in stock;How many of {it} are left?;There are {v} of {it} left.
number:degrees;washing temperature/temperature;How hot may I wash {it}?;Wash {it} at {v} at most.
number:pages;page count/number of pages;How long a text is {it}?;{it} has {v}.
number:watts;power/power use;How much electricity does {it} need?;{it} needs {v}.
number:devices;device limit/number of devices;On how many devices can I use {it}?;{it} runs on {v} at once.
number:bags;baggage allowance/luggage allowance;How much luggage can I take on {it}?;On {it} you may take {v}.
"""

STATED: Final = (
    "The {n} of {it} is {v}.|The {n} for {it} is {v}.|For {it}, the {n} is {v}.|"
    "{it} has a {n} of {v}.|{it}: {n} {v}.|Please note that the {n} for {it} is {v}.|"
    "With {it}, the {n} is {v}.|We can tell you that the {n} of {it} is {v}.|"
    "As for {it}, its {n} is {v}.|The current {n} of {it} is {v}.|"
    "Regarding {it}: the {n} is {v} at the moment.|In the case of {it} the {n} is {v}."
)
ASKED: Final = (
    "What is the {n} of {it}?|what's the {n} for {it}|{n} {it}|{it} {n}?|"
    "Can you tell me the {n} of {it}?|I'd like to know the {n} of {it}.|"
    "Do you know the {n} for {it}?|Hi, what is the {n} of {it}?|"
    "could you check the {n} of {it} for me?|I need the {n} for {it} please|"
    "I'm asking about {it}. What is the {n}?|tell me the {n} of {it}|"
    "Hello, I have a question about the {n} of {it}|What {n} does {it} have?|"
    "Please look up the {n} for {it}.|regarding {it}, what {n} is it?"
)
FOLLOWED: Final = (
    "And the {n}?|what about the {n}|and its {n}?|What is the {n}?|the {n} please|"
    "Thanks. And what is the {n}?|ok and the {n}?|Do you also know the {n}?"
)
THINGS: Final = """
the {w} lamp|the {w} pot|our {w} course|the {W} store|the {w} app|the {W} card|
the {W} museum|{W} coffee|the {w} bike|the {W} hotel|the {w} parcel|your {w} file|
the {w} ticket|the {W} plan|the {W} pool|the {w} phone|the {w} chair|the {w} tour|
{W} Basic|{W} Pro|the {w} coat|the {w} report|the {W} library|flight {c}|order {o}|
express shipping|standard shipping|the family ticket|the student plan|the gift card|
our {W} branch|the {W} clinic|room {d}|the airport shuttle|the guest Wi-Fi|
the {W} loan|the savings account|the credit card {W}|the {W} laptop|model {c}|
the swimming course|the {W} restaurant|the {w} sofa|the summer sale|the night train|
the {W} marathon|the spare part {c}|the cloud backup|the premium membership|
the {W} conference|the yoga class|the {w} printer|the water filter|the sleeping bag|
the {W} concert|apartment {d}|the rental car|the {w} headphones|the school lunch|
the home insurance|the {W} phone contract|the {w} mattress|the city pass|package {o}
"""

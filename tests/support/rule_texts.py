"""Rules as people write them, in each form."""

DISCOUNT = """
format = "podplanner/decision-table/1"
name = "discount"
hit_policy = "UNIQUE"

[[inputs]]
name = "age"
type = "number"
allowed = "[0..120]"
[[inputs]]
name = "member"
type = "boolean"
[[outputs]]
name = "percent"
type = "number"
[[outputs]]
name = "note"
type = "string"

[[rules]]
name = "children"
because = "they pay half"
when = { age = "< 12" }
then = { percent = 50, note = "half" }
[[rules]]
when = { age = "[12..65)", member = "true" }
then = { percent = 10.50, note = "member" }
[[rules]]
when = { age = "[12..65)", member = "false" }
then = { percent = 0, note = "full" }
[[rules]]
when = { age = ">= 65" }
then = { percent = 2.5e1, note = "senior" }
"""

ANIMALS = """
format = "podplanner/rule-base/1"
name = "animals"

[[rules]]
name = "purring"
when = { cat = "true" }
then = { purrs = true }
[[rules]]
name = "cats"
when = { mammal = "true", claws = "true", weight = "< 10" }
then = { cat = true, legs = 4 }
because = "small mammals with claws"
[[rules]]
name = "mammals"
when = { "has fur" = "true" }
then = { mammal = true }
[[rules]]
name = "fur"
when = { mammal = "true" }
then = { "has fur" = true }
"""

DISHES = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="dinner">
  <decision id="dish" name="Dish">
    <decisionTable id="t" hitPolicy="FIRST">
      <input id="i1" label="Season">
        <inputExpression typeRef="string"><text>season</text></inputExpression>
        <inputValues><text>"Spring","Summer","Fall","Winter"</text></inputValues>
      </input>
      <input><inputExpression typeRef="integer"><text>guests</text></inputExpression></input>
      <output id="o1" name="dish" typeRef="string">
        <outputValues><text>"Stew", "Steak, rare","Salad"</text></outputValues>
        <defaultOutputEntry><text>"Salad"</text></defaultOutputEntry>
      </output>
      <rule id="r1">
        <description>Cold</description>
        <inputEntry><text>"Winter"</text></inputEntry>
        <inputEntry><text><![CDATA[<= 8]]></text></inputEntry>
        <outputEntry><text>"Stew"</text></outputEntry>
        <annotationEntry><text>warms</text></annotationEntry>
      </rule>
      <rule id="r2">
        <inputEntry><text>not("Summer", "Winter")</text></inputEntry>
        <inputEntry><text></text></inputEntry>
        <outputEntry><text>"Steak, rare"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>"""
